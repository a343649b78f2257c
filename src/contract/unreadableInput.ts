/** Stands for data that this process cannot decode; no valid input has this field. */
const ENCODING = 'unreadableEncoding';

export function unreadableInput(encoding: string): object {
  return { [ENCODING]: encoding };
}

/** The encoding of an input that could not be decoded; undefined for any other. */
export function unreadableEncodingOf(input: unknown): string | undefined {
  const encoding =
    typeof input === 'object' && input !== null ? (input as Record<string, unknown>)[ENCODING] : undefined;
  return typeof encoding === 'string' ? encoding : undefined;
}
