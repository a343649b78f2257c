import { ConfigurationError } from '../config.js';

/** One check of `doctor`. */
export interface Check {
  name: string;
  /** Only `fail` has to be fixed. `skip`: could not be checked. */
  status: 'pass' | 'fail' | 'warn' | 'skip';
  detail: string;
  /** What to do about it. */
  fix?: string;
}

export const pass = (name: string, detail: string): Check => ({ name, status: 'pass', detail });
export const skip = (name: string, detail: string): Check => ({ name, status: 'skip', detail });
export const warn = (name: string, detail: string, fix: string): Check => ({ name, status: 'warn', detail, fix });
export const fail = (name: string, detail: string, fix: string): Check => ({ name, status: 'fail', detail, fix });

/** A part of the configuration, or its problems in one line. */
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
