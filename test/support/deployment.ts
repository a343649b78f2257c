import { resolve } from 'node:path';
import { inject, type TestContext } from 'vitest';
import type { SimulatorOptions } from '../../simulator/options.js';
import { startStack, type Stack, type StackOptions } from './stack.js';

export { AUTH_KEY, PASSWORD, type Link } from './stack.js';

export type Deployment = Omit<Stack, 'start' | 'stop'>;

/**
 * See {@link StackOptions}; the Temporal server is the one that all tests share, and programs lie in dist/, unless
 * configured otherwise.
 */
export type Surroundings = Partial<Pick<StackOptions, 'temporalAddress' | 'through' | 'programPath' | 'environment'>>;

/**
 * A stack of processes for one test; gone when the test is over.
 * @param test the context of the test that asks; vitest's own `onTestFinished` does not know which one it is when they
 * run in parallel
 */
export async function deploy(
  test: TestContext,
  simulator: SimulatorOptions = {},
  surroundings: Surroundings = {},
): Promise<Deployment> {
  const stack = await startStack({
    temporalAddress: inject('temporalAddress'),
    // A test whose time was up continues, but no one would end its processes any more.
    onStart: () => test.signal.throwIfAborted(),
    simulator,
    ...surroundings,
    programPath: (file) => resolve(import.meta.dirname, '../../dist', surroundings.programPath?.(file) ?? file),
  });
  test.onTestFinished(() => stack.stop());
  return stack;
}
