import { readFileSync } from 'node:fs';

/**
 * A text that a person wrote, without the byte order mark that some editors put in front.
 * @throws if it is UTF-16, as written by some tools of Windows
 */
export function decodeText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const isMarked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  // Without a mark, every other byte of a text in English is 0.
  if (isMarked || first === 0 || second === 0) throw new Error('it is UTF-16: save it as UTF-8');
  return new TextDecoder().decode(bytes);
}

export function readTextFile(path: string): string {
  return decodeText(readFileSync(path));
}
