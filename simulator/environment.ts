import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { dialectSchema } from './dialectFile.js';
import { faultSchema } from './faults.js';
import { MEDIA_KINDS } from './media.js';
import type { SimulatorOptions } from './options.js';

const positive = z.string().transform(Number).pipe(z.number('must be a number').positive('must be above 0'));

const notNegative = z.string().transform(Number).pipe(z.number('must be a number').min(0, 'must be 0 or above'));

const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'must be JSON' });
    return z.NEVER;
  }
});

const faults = json.pipe(z.array(faultSchema, 'must be a JSON array of faults'));

const dialectFile = z
  .string()
  .transform((path, context) => {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      context.addIssue({ code: 'custom', message: `cannot be read: ${(error as Error).message}` });
      return z.NEVER;
    }
  })
  .pipe(json)
  .pipe(dialectSchema);

const buckets = z
  .string()
  .regex(/^[^@,]+@[a-z0-9-]+(,[^@,]+@[a-z0-9-]+)*$/, 'must be a list such as obsName@cn-north-4,other@cn-north-4')
  .transform((list) =>
    list.split(',').map((item) => {
      const [name = '', location = ''] = item.split('@');
      return { name, location };
    }),
  );

const environment = z.object({
  SIMULATOR_HOST: z.string().default('127.0.0.1'),
  SIMULATOR_PORT: z.string().default('8480').transform(Number).pipe(z.int('must be a port').min(0).max(65_535)),
  SIMULATOR_TIME_SCALE: positive.default(1),
  SIMULATOR_USER_NAME: z.string().default('username'),
  SIMULATOR_PASSWORD: z.string().default('simulator-password'),
  SIMULATOR_DOMAIN_NAME: z.string().default('domainname'),
  SIMULATOR_BUCKETS: buckets.prefault('obsName@cn-north-4'),
  SIMULATOR_PUBLISH_DELAY_SECONDS: notNegative.prefault('0'),
  SIMULATOR_PUBLISH_SECONDS: positive.default(60),
  SIMULATOR_PUBLISH_TIMES: z.string().default('1').transform(Number).pipe(z.int('must be a whole number').min(1)),
  SIMULATOR_PUBLISH_PAUSE_SECONDS: notNegative.prefault('10'),
  SIMULATOR_OTHERS_STAY_SECONDS: notNegative.prefault('0'),
  SIMULATOR_MEDIA: z.enum(MEDIA_KINDS).default('good'),
  SIMULATOR_FAULTS: faults.prefault('[]'),
  SIMULATOR_DIALECT: dialectFile.optional(),
});

/**
 * The process's environment as options. An empty variable counts as not set.
 * @throws one error that names every invalid value
 */
export function optionsFromEnvironment(variables: Record<string, string | undefined>): SimulatorOptions {
  const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const parsed = environment.safeParse(set);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`The simulator cannot start. Fix these variables:\n${lines.join('\n')}`);
  }
  const values = parsed.data;
  return {
    host: values.SIMULATOR_HOST,
    port: values.SIMULATOR_PORT,
    timeScale: values.SIMULATOR_TIME_SCALE,
    userName: values.SIMULATOR_USER_NAME,
    password: values.SIMULATOR_PASSWORD,
    domainName: values.SIMULATOR_DOMAIN_NAME,
    buckets: values.SIMULATOR_BUCKETS,
    publishDelayMs: values.SIMULATOR_PUBLISH_DELAY_SECONDS * 1000,
    publishDurationMs: values.SIMULATOR_PUBLISH_SECONDS * 1000,
    publishTimes: values.SIMULATOR_PUBLISH_TIMES,
    publishPauseMs: values.SIMULATOR_PUBLISH_PAUSE_SECONDS * 1000,
    othersStayMs: values.SIMULATOR_OTHERS_STAY_SECONDS * 1000,
    media: values.SIMULATOR_MEDIA,
    faults: values.SIMULATOR_FAULTS,
    ...values.SIMULATOR_DIALECT,
  };
}
