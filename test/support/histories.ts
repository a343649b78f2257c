import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

/** One folder for each release that changed the order of the workflow's commands. */
export const HISTORIES = join(import.meta.dirname, '..', 'histories');

/** The folder of histories that no release has frozen yet. */
export const UNRELEASED = 'unreleased';

export interface HistoryFile {
  /** The folder: a release, or `unreleased`. */
  release: string;
  /** The scenario. */
  name: string;
  path: string;
}

/** Every recorded history, of all releases. */
export function historyFiles(): HistoryFile[] {
  const folders = readdirSync(HISTORIES, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.flatMap(({ name: release }) =>
    readdirSync(join(HISTORIES, release))
      .filter((file) => file.endsWith('.json'))
      .map((file) => ({ release, name: basename(file, '.json'), path: join(HISTORIES, release, file) })),
  );
}
