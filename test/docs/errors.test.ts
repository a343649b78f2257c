import { describe, expect, it } from 'vitest';
import { EXIT } from '../../src/cli/exitCodes.js';
import * as client from '../../src/client.js';
import { docsOf, FAILURES } from '../../src/recording/failureCatalog.js';
import { anchorsOf, read } from './pages.js';

const PAGE = 'docs/errors.md';

/** The section of a heading, with its line breaks as spaces. */
function sectionOf(heading: string): string {
  const [, text = ''] = new RegExp(`^##? ${heading}\\n([\\s\\S]*?)(?=^##? |(?![\\s\\S]))`, 'm').exec(read(PAGE)) ?? [];
  return text.replaceAll(/\s+/g, ' ');
}

describe('the page on errors', () => {
  it.each(Object.entries(FAILURES))('says of %s what the recorder says', (type, { whatHappened, whatToDo }) => {
    expect(sectionOf(type)).toContain(whatHappened);
    expect(sectionOf(type)).toContain(`**What to do:** ${whatToDo}`);
  });

  it.each([...Object.keys(FAILURES), 'Cancelled', 'Terminated', 'TimedOut', 'Unknown'])(
    'is where the link in the message of %s leads',
    (type) => {
      const [page = '', anchor = ''] = docsOf(type).split('#');
      expect(page).toBe(PAGE);
      expect(anchorsOf(page)).toContain(anchor);
    },
  );

  it('has every error of the client', () => {
    const errors = Object.values(client).filter(
      (value) => typeof value === 'function' && value.prototype instanceof Error,
    ) as { name: string }[];
    expect(errors.length).toBeGreaterThanOrEqual(3);
    for (const { name } of errors) expect(sectionOf(name), name).toContain('**What to do:**');
  });

  it('has every exit code', () => {
    const codes = [...sectionOf('Exit codes').matchAll(/\| (\d+) +\|/g)].map(([, code]) => Number(code));
    expect(codes).toEqual(Object.values(EXIT));
  });
});
