import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const PROJECT = join(import.meta.dirname, '..', '..', '..');

/** Every page that a reader may come to, as a path from the project's root. */
export const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  ...pagesBelow('docs'),
  ...pagesBelow('examples'),
];

function pagesBelow(folder: string): string[] {
  return readdirSync(join(PROJECT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md') && !name.includes('node_modules') && !name.startsWith('api'))
    .map((name) => join(folder, name))
    .sort();
}

export function read(page: string): string {
  return readFileSync(join(PROJECT, page), 'utf8');
}

/** The commands of a page's shell blocks, one each, without comments. */
export function commandsOf(page: string): string[] {
  const blocks = [...read(page).matchAll(/^ *```(?:sh|bash)\n([\s\S]*?)^ *```/gm)].map((match) => match[1] ?? '');
  return blocks
    .flatMap((block) => block.replaceAll(/\\\n\s*/g, '').split('\n'))
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '');
}

/** The text without its line breaks: one line for each paragraph. */
export function unwrapped(text: string): string {
  return text.replaceAll(/(?<!\n)\n(?!\n)/g, ' ');
}

/** What a page says below each heading, up to the next one of any depth, by the heading's anchor. */
export function sectionsOf(page: string): Map<string, string> {
  // A line of a block that begins like a heading is none.
  const parts = read(page)
    .replaceAll(/^ *```[\s\S]*?^ *```/gm, (block) => block.replaceAll(/^#/gm, ' #'))
    .split(/^#{1,6} /m)
    .slice(1);
  return new Map(
    parts.map((part) => {
      const [heading = '', ...text] = part.split('\n');
      return [anchorOf(heading), text.join('\n')];
    }),
  );
}

/** The anchor that GitHub makes of a heading. */
function anchorOf(heading: string): string {
  return heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');
}
