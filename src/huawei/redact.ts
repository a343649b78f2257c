const HIDDEN = '***';
const CONTROL_CHARACTERS = /\p{Cc}+/gu;

/** Replaces each secret by `***`, also in its JSON and URL encodings. */
function redact(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret !== '')
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])
    .sort((a, b) => b.length - a.length)
    .reduce((cleaned, secret) => cleaned.replaceAll(secret, HIDDEN), text);
}

/** A foreign text for a message: without secrets and control characters, and cut to `length`. */
export function excerpt(text: string, secrets: readonly string[] = [], length = 300): string {
  const cleaned = redact(text, secrets).replace(CONTROL_CHARACTERS, ' ').trim();
  return cleaned.length > length ? `${cleaned.slice(0, length)}…` : cleaned;
}
