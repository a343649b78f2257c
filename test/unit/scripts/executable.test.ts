import { access, chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureExecutable, type Executable } from '../../../scripts/setup/executable.mjs';
import { identifyTemporalCli } from '../../../scripts/setup/temporalCli.mjs';

let directory: string;
let cache: string;
let installs: number;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'set-up-'));
  cache = join(directory, 'cache');
  installs = 0;
});

afterEach(() => rm(directory, { recursive: true, force: true }));

async function program(path: string, answer: string, code = 0): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho '${answer}'\nexit ${code}\n`);
  await chmod(path, 0o755);
  return path;
}

const installsTool = {
  source: 'the good source',
  install: (workshop: string) => {
    installs += 1;
    return program(join(workshop, 'deep', 'tool'), 'tool 2.0');
  },
};

const tool: Executable = {
  name: 'tool',
  version: '2.0',
  pathVariable: 'TOOL_PATH',
  probeArguments: ['--version'],
  identify: (answer) => {
    if (answer.startsWith('tool 0')) throw new Error('it is too old');
    return /^tool (\S+)/.exec(answer)?.[1];
  },
  installers: [installsTool],
  advice: 'Install tool yourself.',
};

function ensure(environment: NodeJS.ProcessEnv = {}, executable = tool): Promise<string> {
  return ensureExecutable(executable, { environment, directory: cache, report: () => undefined });
}

describe('the order of looking', () => {
  it('takes the path that the user names before anything else', async () => {
    const named = await program(join(directory, 'mine', 'other-name'), 'tool 1.0');
    await program(join(directory, 'path', 'tool'), 'tool 3.0');
    expect(await ensure({ TOOL_PATH: named, PATH: join(directory, 'path') })).toBe(named);
  });

  it('refuses a path of the user that does not run, instead of taking another one', async () => {
    await program(join(directory, 'path', 'tool'), 'tool 3.0');
    const missing = join(directory, 'missing');
    await expect(ensure({ TOOL_PATH: missing, PATH: join(directory, 'path') })).rejects.toThrow(
      new RegExp(`^TOOL_PATH names ${missing}, .*ENOENT.*Correct TOOL_PATH or unset it`, 's'),
    );
    expect(installs).toBe(0);
  });

  it('takes the one on PATH before the cache', async () => {
    await program(join(cache, 'tool-2.0'), 'tool 2.0');
    const onPath = await program(join(directory, 'b', 'tool'), 'tool 3.0');
    expect(await ensure({ PATH: `${join(directory, 'a')}::${join(directory, 'b')}` })).toBe(onPath);
  });

  it.each([
    ['is another program', 'gnu tool', 0],
    ['is too old', 'tool 0.9', 0],
    ['does not run', 'no such library', 127],
  ])('passes over one on PATH that %s', async (_case, answer, code) => {
    await program(join(directory, 'path', 'tool'), answer, code);
    const cached = await program(join(cache, 'tool-2.0'), 'tool 2.0');
    expect(await ensure({ PATH: join(directory, 'path') })).toBe(cached);
    expect(installs).toBe(0);
  });

  it('knows a program by its answer even where it ends with an error', async () => {
    const onPath = await program(join(directory, 'path', 'tool'), 'tool 1.0 has no option --version', 1);
    expect(await ensure({ PATH: join(directory, 'path') })).toBe(onPath);
  });
});

describe('installing', () => {
  it('installs once and finds it the next time', async () => {
    expect(await ensure()).toBe(join(cache, 'tool-2.0'));
    expect(await ensure()).toBe(join(cache, 'tool-2.0'));
    expect(installs).toBe(1);
    expect(await readdir(cache)).toEqual(['tool-2.0']);
  });

  it('replaces a cached program that does not run', async () => {
    await program(join(cache, 'tool-2.0'), 'half a download', 1);
    await ensure();
    expect(installs).toBe(1);
  });

  it('clears away what an interrupted run has left', async () => {
    await mkdir(join(cache, 'tool.unfinished-abc', 'bin'), { recursive: true });
    await ensure();
    expect(await readdir(cache)).toEqual(['tool-2.0']);
  });

  it('goes on to the next source when one fails or brings something that does not run', async () => {
    const failing = { source: 'nowhere', install: () => Promise.reject(new Error('no network')) };
    const lame = {
      source: 'lame',
      install: (workshop: string) => program(join(workshop, 'tool'), 'segmentation fault', 139),
    };
    expect(await ensure({}, { ...tool, installers: [failing, lame, installsTool] })).toBe(join(cache, 'tool-2.0'));
    expect(installs).toBe(1);
  });

  it('installs once when two need it at the same time', async () => {
    const slow = {
      source: 'slowly',
      install: async (workshop: string) => {
        // Both have looked in vain by then, since looking takes far less than a process does to start.
        await expect.poll(() => readdir(cache)).toContain('tool-2.0.lock');
        return installsTool.install(workshop);
      },
    };
    const both = await Promise.all([1, 2].map(() => ensure({}, { ...tool, installers: [slow] })));
    expect(both).toEqual([join(cache, 'tool-2.0'), join(cache, 'tool-2.0')]);
    expect(installs).toBe(1);
  });

  it('names all that was tried, why each failed, and what to do', async () => {
    await program(join(directory, 'path', 'tool'), 'gnu tool');
    await program(join(cache, 'tool-2.0'), 'broken', 3);
    const installers = [
      { source: 'first source', install: () => Promise.reject(new Error('no network')) },
      { source: 'second source', install: (workshop: string) => program(join(workshop, 'tool'), 'another tool') },
    ];
    const error = await ensure({ PATH: join(directory, 'path') }, { ...tool, installers }).catch(
      (thrown: unknown) => thrown,
    );
    const path = (...parts: string[]) => join(directory, ...parts);
    expect((error as Error).message.split('\n')).toEqual([
      'No tool was found, and none could be installed:',
      '  - TOOL_PATH: not set',
      `  - PATH: ${path('path', 'tool')} is passed over: it does not answer as tool does, but: gnu tool`,
      `  - cache: ${path('cache', 'tool-2.0')} is replaced: tool-2.0 --version ended with code 3: broken`,
      '  - first source: no network',
      '  - second source: it does not answer as tool does, but: another tool',
      'Install tool yourself.',
    ]);
    await expect(access(path('cache', 'tool-2.0.lock'))).rejects.toThrow('ENOENT');
  });
});

describe('the Temporal CLI', () => {
  it('is known by its answer', () => {
    expect(identifyTemporalCli('temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)\n')).toBe('1.9.1');
  });

  it('is told from other programs of its name', () => {
    expect(identifyTemporalCli('Temporal, the time travel game')).toBeUndefined();
  });

  it.each([
    ['temporal version 1.3.0 (Server 1.27.1, UI 2.36.0)', 'version 1.3.0 is older than 1.4'],
    ['temporal version 0.13.1 (Server 1.24.2, UI 2.28.0)', 'version 0.13.1 is older than 1.4'],
  ])('refuses %j', (answer, why) => {
    expect(() => identifyTemporalCli(answer)).toThrow(why);
  });
});
