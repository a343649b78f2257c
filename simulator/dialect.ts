import { randomBytes, randomInt } from 'node:crypto';
import type { Settings } from './options.js';
import { UNSET_TIME } from './stamps.js';

type Replacer = (name: string, value: unknown) => unknown;

/** Serializes responses and events as the settings require. */
export function serializerOf(settings: Settings): (body: unknown) => string {
  const replacers: Replacer[] = [];
  if (settings.unsetTimes !== 'zero') {
    const unset = settings.unsetTimes === 'null' ? null : undefined;
    replacers.push((_name, value) => (value === UNSET_TIME ? unset : value));
  }
  if (settings.eventFields === 'fewest') replacers.push((name, value) => (name === 'file_size' ? undefined : value));
  if (settings.streamNameIn !== 'all') replacers.push(withoutStreamName(settings.streamNameIn));
  if (settings.eventFields === 'most') replacers.push(withDetailMessage);
  const replace: Replacer = (name, value) => replacers.reduce((replaced, next) => next(name, replaced), value);
  const serialize = (body: unknown) => JSON.stringify(body, replacers.length === 0 ? undefined : replace);
  const { numericIds } = settings;
  return numericIds ? (body) => withNumericIds(serialize(body), numericIds) : serialize;
}

/** Ids of digits only become numbers, as in some examples. In the text, since JavaScript would round large ones. */
function withNumericIds(json: string, which: true | 'large'): string {
  return json.replace(/"(\w+_id)":"(0|[1-9]\d*)"/g, (string, name: string, digits: string) =>
    which === 'large' || Number.isSafeInteger(Number(digits)) ? `"${name}":${digits}` : string,
  );
}

const withoutStreamName =
  (sentIn: 'events' | 'none'): Replacer =>
  (name, value) => {
    if (name !== '' || typeof value !== 'object' || value === null || !('stream_name' in value)) return value;
    return sentIn === 'events' && 'event_type' in value ? value : { ...value, stream_name: undefined };
  };

function withDetailMessage(name: string, value: unknown): unknown {
  const isEvent = name === '' && typeof value === 'object' && value !== null && 'event_type' in value;
  return isEvent ? { detail_message: 'ok', ...value } : value;
}

/** Random bytes in lower-case hex, or digits: such that a JavaScript number can hold them, or 20. */
export function newId(bytes: number, numeric: Settings['numericIds']): string {
  if (numeric === 'large') return `${randomInt(1e9, 1e10)}${randomInt(1e9, 1e10)}`;
  return numeric ? String(randomInt(1e11, 2 ** 47)) : randomBytes(bytes).toString('hex');
}
