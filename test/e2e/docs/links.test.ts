import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PAGES, PROJECT, read, sectionsOf } from './pages.js';

/** Links and pictures of a page that lead to something of the project. */
function linksOf(page: string): string[] {
  const text = read(page).replaceAll(/^ *```[\s\S]*?^ *```/gm, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1] ?? '')
    .filter((link) => !/^[a-z]+:/.test(link));
}

describe.each(PAGES)('%s', (page) => {
  it('leads to what is there', () => {
    const broken = linksOf(page).filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : normalize(join(dirname(page), path));
      if (!existsSync(join(PROJECT, target))) return true;
      return anchor !== undefined && !sectionsOf(target).has(anchor);
    });
    expect(broken).toEqual([]);
  });
});

describe('README.md', () => {
  it('can be read at one sitting', () => {
    expect(read('README.md').split('\n').length).toBeLessThanOrEqual(151);
  });
});
