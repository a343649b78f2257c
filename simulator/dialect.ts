import { randomBytes, randomInt } from 'node:crypto';
import type { Settings } from './options.js';
import { UNSET_TIME } from './stamps.js';

type Replacer = (name: string, value: unknown) => unknown;

/** Writes answers and events as JSON, in the way of writing that the settings ask for. */
export function serializerOf(settings: Settings): (body: unknown) => string {
  const replacers: Replacer[] = [];
  if (settings.numericIds) replacers.push(numberIfId);
  if (settings.unsetTimes !== 'zero') {
    const unset = settings.unsetTimes === 'null' ? null : undefined;
    replacers.push((_name, value) => (value === UNSET_TIME ? unset : value));
  }
  if (settings.eventFields === 'fewest') replacers.push((name, value) => (name === 'file_size' ? undefined : value));
  if (settings.eventFields === 'most') replacers.push(withDetailMessage);
  if (replacers.length === 0) return (body) => JSON.stringify(body);
  const replace: Replacer = (name, value) => replacers.reduce((replaced, next) => next(name, replaced), value);
  return (body) => JSON.stringify(body, replace);
}

/** Ids of digits only become numbers, as in some of the vendor's examples. */
function numberIfId(name: string, value: unknown): unknown {
  const isId = name.endsWith('_id') && typeof value === 'string';
  return isId && String(Number(value)) === value && Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function withDetailMessage(name: string, value: unknown): unknown {
  const isEvent = name === '' && typeof value === 'object' && value !== null && 'event_type' in value;
  return isEvent ? { detail_message: 'ok', ...value } : value;
}

/** Lower-case hex of so many bytes, or digits that fit into a JSON number. */
export function newId(bytes: number, numeric: boolean): string {
  return numeric ? String(randomInt(1e11, 2 ** 47)) : randomBytes(bytes).toString('hex');
}
