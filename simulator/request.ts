import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { RtcError } from './rtcError.js';

/** The JSON object that was sent, or undefined where it is none. Bodies arrive as bytes: OBS needs them so. */
function jsonObjectOf(request: FastifyRequest): object | undefined {
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) return undefined;
  return parseObject(request.body);
}

export function parseObject(body: unknown): object | undefined {
  if (!Buffer.isBuffer(body)) return undefined;
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The body as the schema says, or the vendor's 400 that names the first field which does not fit. */
export function readBody<T extends z.ZodType>(request: FastifyRequest, schema: T): z.output<T> {
  const body = jsonObjectOf(request);
  if (body === undefined)
    throw new RtcError('RTC.00001002', 'the body must be a JSON object, sent as application/json');
  return check(body, schema);
}

export function readQuery<T extends z.ZodType>(request: FastifyRequest, schema: T): z.output<T> {
  return check(request.query, schema);
}

function check<T extends z.ZodType>(value: unknown, schema: T): z.output<T> {
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.') ?? '';
  if (issue?.code === 'custom') throw new RtcError('RTC.00001004', `${field} ${issue.message}`);
  if (issue?.input === undefined) throw new RtcError('RTC.00001005', field);
  throw new RtcError('RTC.00001003', `${field}: ${issue.message}`);
}

/** A query's whole number; offsets are page numbers throughout this API. */
const wholeNumber = (min: number, max: number) =>
  z.string().regex(/^\d+$/, 'must be a whole number').transform(Number).pipe(z.int().min(min).max(max));

/** Which page of a list, and how long a page is. */
export const pageQuery = z.object({ offset: wholeNumber(0, 1e9).default(0), limit: wholeNumber(1, 100).default(100) });
