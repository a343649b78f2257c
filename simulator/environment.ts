import { z } from 'zod';
import { faultSchema } from './faults.js';
import type { SimulatorOptions } from './options.js';

const positive = z.string().transform(Number).pipe(z.number('must be a number').positive('must be above 0'));

const faults = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue({ code: 'custom', message: 'must be JSON' });
      return z.NEVER;
    }
  })
  .pipe(z.array(faultSchema, 'must be a JSON array of faults'));

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
  SIMULATOR_PUBLISH_SECONDS: positive.default(60),
  SIMULATOR_FAULTS: faults.prefault('[]'),
});

/** The process's environment as options. A variable that is set but empty counts as not set. Throws one error that names every bad value. */
export function optionsFromEnvironment(variables: Record<string, string | undefined>): SimulatorOptions {
  const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const parsed = environment.safeParse(set);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`The simulator cannot start; correct these variables:\n${lines.join('\n')}`);
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
    publishDurationMs: values.SIMULATOR_PUBLISH_SECONDS * 1000,
    faults: values.SIMULATOR_FAULTS,
  };
}
