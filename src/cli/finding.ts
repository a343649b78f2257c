import { ConfigurationError } from '../config.js';

/** What one check of `doctor` has found. */
export interface Finding {
  /** What was looked at. */
  name: string;
  /** `doubtful` is worth a look, `skipped` could not be looked at; only `crossed` has to be mended. */
  state: 'ticked' | 'crossed' | 'doubtful' | 'skipped';
  detail: string;
  /** What to do about it. */
  mend?: string;
}

export function ticked(name: string, detail: string): Finding {
  return { name, state: 'ticked', detail };
}

export function crossed(name: string, detail: string, mend: string): Finding {
  return { name, state: 'crossed', detail, mend };
}

export function doubtful(name: string, detail: string, mend: string): Finding {
  return { name, state: 'doubtful', detail, mend };
}

export function skipped(name: string, detail: string): Finding {
  return { name, state: 'skipped', detail };
}

/** A part of the configuration, or what is wrong with it in one line. */
export function tryLoad<T>(
  load: () => T,
): { config: T; problems?: undefined } | { config?: undefined; problems: string } {
  try {
    return { config: load() };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return { problems: error.problems.join('; ') };
  }
}
