import { describe, expect, it } from 'vitest';
import { createLogger, temporalLogger } from '../../src/logging.js';
import type { LogLevel } from '../../src/config.js';

/** A logger, and what it has written. */
function logging(level: LogLevel = 'info') {
  const written: string[] = [];
  const logger = createLogger({ level, name: 'worker' }, { write: (line) => written.push(line) });
  return { logger, written, lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('createLogger', () => {
  it('writes one JSON object a line, with an ISO time and the level as a word', () => {
    const { logger, written, lines } = logging();
    logger.info({ room: 'room001' }, 'a message');
    expect(written[0]).toMatch(/^\{.*\}\n$/);
    expect(lines()).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
        name: 'worker',
        room: 'room001',
        msg: 'a message',
      },
    ]);
  });

  it('leaves out what is below its level', () => {
    const { logger, lines } = logging('warn');
    logger.info('not this');
    logger.warn('this');
    expect(lines()).toMatchObject([{ msg: 'this' }]);
  });

  it.each([
    'authorization',
    'Authorization',
    'X-Auth-Token',
    'x-subject-token',
    'X-Rtc-Signature',
    'x-security-token',
    'token',
    'password',
    'HW_USER_PASSWORD',
    'authKey',
    'auth_key',
    'callbackAuthKey',
    'apiKey',
    'accessKey',
    'secretKey',
    'securityToken',
    'securitytoken',
    'download_url',
  ])('takes %s out at any depth, and nothing else', (name) => {
    const { logger, written, lines } = logging();
    const secret = { [name]: 'canary "quoted" \\', room: 'room001' };
    const error = Object.assign(new Error('rejected'), { request: { headers: secret } });
    logger.info({
      ...secret,
      a: { b: { c: { d: { e: secret } } } },
      list: [secret],
      many: { [name]: ['canary', 'canary'] },
      err: error,
    });
    expect(written.join('')).not.toContain('canary');
    expect(lines()).toMatchObject([
      {
        [name]: '[redacted]',
        room: 'room001',
        a: { b: { c: { d: { e: { [name]: '[redacted]', room: 'room001' } } } } },
      },
    ]);
  });

  it('stays JSON whatever a message holds', () => {
    const { logger, lines } = logging();
    const message = '{"password":"in a text, not a field"} "token":"x';
    logger.info({ detail: message }, message);
    expect(lines()).toMatchObject([{ detail: message, msg: message }]);
  });
});

describe('temporalLogger', () => {
  it('keeps level, message, fields and causes', () => {
    const { logger, lines } = logging('trace');
    const temporal = temporalLogger(logger);
    for (const level of ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR'] as const) temporal.log(level, level);
    temporal.trace('trace');
    temporal.debug('debug', { sdkComponent: 'core' });
    temporal.info('info', { timestamp: 12n, [Symbol('time')]: 1 });
    temporal.warn('warn', { error: new Error('outer', { cause: new Error('inner') }) });
    temporal.error('error', { token: 'canary' });
    expect(lines().map(({ level }) => level)).toEqual([
      ...['trace', 'debug', 'info', 'warn', 'error'],
      ...['trace', 'debug', 'info', 'warn', 'error'],
    ]);
    expect(lines().slice(5)).toMatchObject([
      { msg: 'trace' },
      { msg: 'debug', sdkComponent: 'core' },
      { msg: 'info', timestamp: 12 },
      {
        msg: 'warn',
        error: { type: 'Error', message: 'outer: inner', stack: expect.stringContaining('inner') as string },
      },
      { msg: 'error', token: '[redacted]' },
    ]);
  });
});
