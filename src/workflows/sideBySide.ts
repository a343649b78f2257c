import { CancellationScope } from '@temporalio/workflow';

/**
 * Does all at the same time. The first failure cancels the scope that they are done in, since the others are of no use then, and is thrown when all have
 * ended. A scope of its own would cost a dozen promises, each of which the SDK keeps a stack trace of.
 */
export async function sideBySide(...works: (() => Promise<unknown>)[]): Promise<void> {
  const scope = CancellationScope.current();
  let failure: { error: unknown } | undefined;
  const fail = (error: unknown) => {
    failure ??= { error };
    scope.cancel();
  };
  await Promise.all(works.map((work) => work().catch(fail)));
  if (failure) throw failure.error;
}
