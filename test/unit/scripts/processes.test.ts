import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const scripts = join(import.meta.dirname, '../../../scripts');

/** A script with a child (a shell) and a grandchild (sleep); prints both process ids, then does the given step. */
function startScript(then: string, wrapper: string[] = []): { script: ChildProcess; output: () => string } {
  const source = `
    import { runScript, start } from ${JSON.stringify(join(scripts, 'processes.mjs'))};
    import { setTimeout as sleep } from 'node:timers/promises';
    await runScript(async () => {
      const child = start('sh', ['-c', 'sleep 300 & echo $$ $!; wait'], { stdio: ['ignore', 'pipe', 'inherit'] });
      await new Promise((resolve) => child.stdout.once('data', (text) => process.stdout.write(text, resolve)));
      ${then}
    });`;
  const [command = process.execPath, ...args] = [...wrapper, process.execPath, '--input-type=module', '-e', source];
  const script = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, npm_lifecycle_event: 'demo' },
  });
  let output = '';
  for (const stream of [script.stdout, script.stderr])
    stream.on('data', (text: Buffer) => (output += text.toString()));
  return { script, output: () => output };
}

/** A killed process whose parent is gone too stays a zombie until the system collects it: it does not count. */
function isAlive(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.startsWith('Z');
}

describe('a script leaves no process behind', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('on %s, and ends with %i', async (signal, expected) => {
    const { script, output } = startScript('await new Promise((resolve) => child.once("exit", resolve)); return 7;');
    await expect.poll(output).toMatch(/\d+ \d+\n/);
    const pids = output().trim().split(' ').map(Number);
    expect(pids.map(isAlive)).toEqual([true, true]);
    script.kill(signal);
    const [code] = (await once(script, 'close')) as [number | null];
    expect(code).toBe(expected);
    await expect.poll(() => pids.map(isAlive)).toEqual([false, false]);
  });

  it('when npm gets a signal and only the shell in between hears of it', async () => {
    const { script, output } = startScript('await new Promise(() => undefined);', ['sh', '-c', '"$@"; true', 'sh']);
    await expect.poll(output).toMatch(/\d+ \d+\n/);
    const pids = output().trim().split(' ').map(Number);
    script.kill('SIGTERM');
    await once(script, 'exit');
    await expect.poll(() => pids.map(isAlive)).toEqual([false, false]);
  });

  it.each([
    ['when it is done', 'return 0;', 0, ''],
    [
      'of a child that ends before it',
      'child.kill("SIGKILL"); await sleep(500); process.kill(process.pid, "SIGKILL"); await sleep(500);',
      null,
      '',
    ],
    ['when it fails, with one message and no stack', 'throw new Error("no luck");', 1, '\nno luck\n'],
    [
      'when something throws past it',
      'setImmediate(() => { throw new Error("stray"); }); await new Promise(() => {});',
      1,
      'stray',
    ],
  ])('%s', async (_case, then, expected, message) => {
    const { script, output } = startScript(then);
    const [code] = (await once(script, 'close')) as [number | null];
    expect(code).toBe(expected);
    const [pids, ...rest] = output().split('\n');
    expect(rest.join('\n')).toContain(message);
    await expect.poll(() => pids?.split(' ').map(Number).map(isAlive)).toEqual([false, false]);
  });
});
