import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject, type TestContext } from 'vitest';
import type { RecordingInput } from '../../src/client.js';
import { startProgram, type Child, type Environment } from '../support/child.js';
import type { Deployment } from '../support/deployment.js';

const pathOf = (name: string) => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));

/** A program of examples/, by its name without the extension, run as its README does. Killed after the test. */
export type RunExample = (name: string, args?: string[], environment?: Environment) => Child;

export function examplesIn(
  language: 'typescript' | 'go' | 'python',
  test: TestContext,
  { taskQueue }: Deployment,
): RunExample {
  const { typescript, go, python } = inject('examples');
  const start = {
    typescript: (name: string) => [process.execPath, join(typescript, `${name}.js`)] as const,
    go: (name: string) => [join(go!, name)] as const,
    python: (name: string) => [python!, pathOf(`python/${name}.py`)] as const,
  }[language];
  return (name, args = [], environment = {}) => {
    const [program, ...first] = start(name);
    const child = startProgram(program, [...first, ...args], {
      TEMPORAL_ADDRESS: inject('temporalAddress'),
      TEMPORAL_TASK_QUEUE: taskQueue,
      ...environment,
    });
    test.onTestFinished(async () => {
      child.kill('SIGKILL');
      await child.ended;
    });
    return child;
  };
}

/** The input of examples/recording.json, with the application and the short times of this deployment. */
export async function exampleInput({ input }: Deployment): Promise<RecordingInput> {
  const given = JSON.parse(await readFile(pathOf('recording.json'), 'utf8')) as RecordingInput;
  const { appName, maxIdleTime, settleTimeout } = input();
  return { ...given, appName, maxIdleTime: maxIdleTime!, settleTimeout: settleTimeout! };
}

/** A directory that is gone when the test is over. */
export async function ownDirectory(test: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'examples-test-'));
  test.onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A file with this value as JSON; gone when the test is over. */
export async function jsonFile(test: TestContext, value: unknown): Promise<string> {
  const path = join(await ownDirectory(test), 'value.json');
  await writeFile(path, JSON.stringify(value));
  return path;
}

/** How it ended, with all that it has written. */
export async function endOf(child: Child): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const { code } = await child.ended;
  return { code, stdout: child.stdout(), stderr: child.stderr() };
}
