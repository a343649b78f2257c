import { readFileSync } from 'node:fs';

/** The package's own version. */
export function recorderVersion(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
