import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import ts from 'typescript';
import { optionsFromEnvironment } from '../../../simulator/environment.js';

describe('the environment', () => {
  it('has defaults for everything', () => {
    expect(optionsFromEnvironment({ SIMULATOR_PORT: '' })).toEqual({
      host: '127.0.0.1',
      port: 8480,
      timeScale: 1,
      userName: 'username',
      password: 'simulator-password',
      domainName: 'domainname',
      buckets: [{ name: 'obsName', location: 'cn-north-4' }],
      publishDelayMs: 0,
      publishDurationMs: 60_000,
      publishTimes: 1,
      publishPauseMs: 10_000,
      othersStayMs: 0,
      media: 'good',
      faults: [],
    });
  });

  it('is read', () => {
    const faults = [{ callback: '*', effect: { kind: 'drop' } }];
    const options = optionsFromEnvironment({
      SIMULATOR_PORT: '0',
      SIMULATOR_TIME_SCALE: '2.5',
      SIMULATOR_BUCKETS: 'a@cn-north-4,b@cn-east-2',
      SIMULATOR_PUBLISH_DELAY_SECONDS: '0.5',
      SIMULATOR_PUBLISH_SECONDS: '5',
      SIMULATOR_PUBLISH_TIMES: '3',
      SIMULATOR_PUBLISH_PAUSE_SECONDS: '0',
      SIMULATOR_OTHERS_STAY_SECONDS: '600',
      SIMULATOR_FAULTS: JSON.stringify(faults),
    });
    expect(options).toMatchObject({ port: 0, timeScale: 2.5, publishDurationMs: 5000, faults });
    const room = { publishDelayMs: 500, publishTimes: 3, publishPauseMs: 0, othersStayMs: 600_000 };
    expect(options).toMatchObject(room);
    expect(options.buckets).toEqual([
      { name: 'a', location: 'cn-north-4' },
      { name: 'b', location: 'cn-east-2' },
    ]);
  });

  it.each([
    ['SIMULATOR_PORT', '70000'],
    ['SIMULATOR_PORT', 'x'],
    ['SIMULATOR_TIME_SCALE', '0'],
    ['SIMULATOR_TIME_SCALE', 'fast'],
    ['SIMULATOR_BUCKETS', 'obsName'],
    ['SIMULATOR_PUBLISH_SECONDS', '-1'],
    ['SIMULATOR_PUBLISH_TIMES', '0'],
    ['SIMULATOR_PUBLISH_PAUSE_SECONDS', 'x'],
    ['SIMULATOR_OTHERS_STAY_SECONDS', '-1'],
    ['SIMULATOR_FAULTS', '{'],
    ['SIMULATOR_FAULTS', '[{"match":"GET /","effect":{"kind":"explode"}}]'],
    ['SIMULATOR_DIALECT', '/nowhere/dialect.json'],
    // No JSON, and JSON of another form.
    ['SIMULATOR_DIALECT', import.meta.filename],
    ['SIMULATOR_DIALECT', join(import.meta.dirname, '../../../package.json')],
  ])('rejects %s=%s', (name, value) => {
    expect(() => optionsFromEnvironment({ [name]: value })).toThrow(name);
  });
});

describe('the process', () => {
  let compiled: string;

  beforeAll(async () => {
    // Inside node_modules, so that the compiled files find their packages; transpiled only, the types are checked
    // elsewhere.
    const source = join(import.meta.dirname, '../../../simulator');
    const packages = join(createRequire(import.meta.url).resolve('typescript/package.json'), '../..');
    compiled = await mkdtemp(join(packages, '.simulator-'));
    await writeFile(join(compiled, 'package.json'), '{"type":"module"}');
    for (const file of (await readdir(source)).filter((name) => name.endsWith('.ts'))) {
      const { outputText } = ts.transpileModule(await readFile(join(source, file), 'utf8'), {
        compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext },
      });
      await writeFile(join(compiled, file.replace(/\.ts$/, '.js')), outputText);
    }
  });
  afterAll(() => rm(compiled, { recursive: true }));

  const run = (variables: Record<string, string>): ChildProcess =>
    spawn(process.execPath, [join(compiled, 'main.js')], { env: { ...process.env, ...variables } });
  const exitOf = (child: ChildProcess) => new Promise((resolve) => child.once('exit', resolve));

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'listens, logs a line for each request, and stops cleanly on %s',
    async (signal) => {
      const child = run({ SIMULATOR_PORT: '0' });
      const exit = exitOf(child);
      let output = '';
      child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
      const lines = () =>
        output
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line || '{}') as Record<string, unknown>);
      await expect.poll(() => lines()[0]?.message, { timeout: 5000 }).toBe('simulator is listening');
      await fetch(`${String(lines()[0]?.url)}/v2/apps?X-Amz-Signature=secret`);
      await expect
        .poll(() => lines()[1], { timeout: 2000 })
        .toMatchObject({ method: 'GET', path: '/v2/apps', status: 401 });
      child.kill(signal);
      expect(await exit).toBe(0);
      expect(output).not.toContain('secret');
    },
  );

  it('ends with 2 and names every bad variable', async () => {
    const child = run({ SIMULATOR_PORT: '-1', SIMULATOR_TIME_SCALE: 'x' });
    const [code, errors] = await Promise.all([exitOf(child), child.stderr ? text(child.stderr) : '']);
    expect(code).toBe(2);
    expect(errors).toMatch(/SIMULATOR_PORT[^]*SIMULATOR_TIME_SCALE/);
  });
});
