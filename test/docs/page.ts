import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The text of a page, by its path in the repository. */
export function pageAt(path: string): string {
  return readFileSync(join(import.meta.dirname, '../..', path), 'utf8');
}

/** The text under each heading, by the anchor that GitHub makes of it; up to the next heading of any depth. */
export function sectionsOf(page: string): Map<string, string> {
  const sections = new Map<string, string>();
  for (const part of page.split(/^#+ /m).slice(1)) {
    const end = part.indexOf('\n');
    const anchor = part
      .slice(0, end)
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-');
    sections.set(anchor, part.slice(end + 1));
  }
  return sections;
}
