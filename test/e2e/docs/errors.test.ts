import { WorkflowFailedError } from '@temporalio/client';
import { CancelledFailure, TerminatedFailure, TimeoutFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import * as client from '../../../src/client.js';
import { EXIT, EXIT_CODES_HELP } from '../../../src/cli/errors.js';
import { docsOf, FAILURES } from '../../../src/contract/failures.js';
import { read, sectionsOf, unwrapped } from './pages.js';

const page = read('docs/errors.md');
const sections = sectionsOf('docs/errors.md');

/** The section that a link such as `docs/errors.md#unknown` leads to. */
function sectionAt(link: string): string | undefined {
  const [path, anchor = ''] = link.split('#');
  expect(path).toBe('docs/errors.md');
  const section = sections.get(anchor);
  return section && unwrapped(section);
}

describe('docs/errors.md', () => {
  it.each(Object.entries(FAILURES))('says of %s what the recording itself says', (type, entry) => {
    const section = sectionAt(docsOf(type));
    expect(section).toContain(`**What happened.** ${entry.whatHappened}\n`);
    expect(section).toContain(`**What to do.** ${entry.whatToDo}\n`);
  });

  it.each([
    ['Cancelled', new CancelledFailure('cancelled')],
    ['Terminated', new TerminatedFailure('terminated')],
    ['TimedOut', new TimeoutFailure('too late', undefined, 'START_TO_CLOSE')],
    ['Unknown', new Error('something else')],
  ])('says of a recording that ended as %s what the client says', (type, cause) => {
    const failed = new WorkflowFailedError('Workflow execution failed', cause, 'MAXIMUM_ATTEMPTS_REACHED');
    const error = new client.RecordingFailedError('recording:a:b:c:camera', failed);
    expect(error.type).toBe(type);
    expect(sectionAt(error.docs)).toContain(`**What to do.** ${error.advice}\n`);
  });

  it.each(Object.keys(client).filter((name) => name.endsWith('Error')))(
    'has a section for the client’s %s',
    (name) => {
      expect(sections.get(name.toLowerCase())).toMatch(/\*\*What happened\.\*\* [^]*\*\*What to do\.\*\* /);
    },
  );

  it.each(Object.entries(EXIT))('has the exit code of %s (%i), and so has the help', (_name, code) => {
    expect(sections.get('exit-codes')).toMatch(new RegExp(`^\\| ${code} +\\| \\w.*\\| \\S.*\\|$`, 'm'));
    expect(EXIT_CODES_HELP).toMatch(new RegExp(`^ {2}${code} +\\w`, 'm'));
  });

  it('has no failure or exit code that there is not', () => {
    const types = [...page.matchAll(/^### (\w+)$/gm)].map(([, type]) => type);
    const known = [...Object.keys(FAILURES), 'Cancelled', 'Terminated', 'TimedOut', 'Unknown', ...Object.keys(client)];
    expect(known).toEqual(expect.arrayContaining(types));
    const codes = [...page.matchAll(/^\| (\d+) +\|/gm)].map(([, code]) => Number(code));
    expect(codes).toEqual(Object.values(EXIT));
  });

  it('leads to headings that exist', () => {
    const anchors = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor ?? '');
    expect(anchors.length).toBeGreaterThan(5);
    for (const anchor of anchors) expect([...sections.keys()]).toContain(anchor);
  });
});
