import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { InvalidArgumentError } from 'commander';
import { decodeText } from '../givenText.js';

/** The JSON in a file, or for `-` in standard input. @throws {InvalidArgumentError} */
export async function readJson(file: string): Promise<unknown> {
  const source = file === '-' ? 'standard input' : file;
  try {
    const json = file === '-' ? await buffer(process.stdin) : await readFile(file);
    return JSON.parse(decodeText(json)) as unknown;
  } catch (error) {
    const what = error instanceof SyntaxError ? 'is not JSON' : 'cannot be read';
    // The parser quotes lines.
    throw new InvalidArgumentError(`error: ${source} ${what}: ${(error as Error).message.replace(/\s+/g, ' ')}`);
  }
}
