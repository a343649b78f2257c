/**
 * The texts as they stand, and everything that a history, a result or an error holds in any depth: strings, names of
 * fields, and bytes as text.
 */
export function textOf(value: unknown): string {
  const texts: string[] = [];
  const seen = new Set<object>();
  const collect = (part: unknown): void => {
    if (part instanceof Uint8Array) texts.push(Buffer.from(part).toString());
    else if (typeof part === 'object' && part !== null) {
      if (seen.has(part)) return;
      seen.add(part);
      // An error's own message and stack are not enumerable.
      for (const name of Object.getOwnPropertyNames(part)) {
        texts.push(name);
        collect((part as Record<string, unknown>)[name]);
      }
    } else texts.push(String(part));
  };
  collect(value);
  return texts.join('\n');
}

/** Those of the secrets that stand in the text: as they are, or as JSON, a URL or base64 writes them. */
export function exposedSecrets(text: string, secrets: readonly string[]): string[] {
  return secrets.filter((secret) =>
    [
      secret,
      JSON.stringify(secret).slice(1, -1),
      encodeURIComponent(secret),
      Buffer.from(secret).toString('base64'),
    ].some((written) => text.includes(written)),
  );
}
