import { CancellationScope } from '@temporalio/workflow';

/** Does all at the same time. The first failure ends the others, which are of no use then, and is thrown when all have ended. */
export async function sideBySide(...works: (() => Promise<void>)[]): Promise<void> {
  let failure: { error: unknown } | undefined;
  await CancellationScope.cancellable(async () => {
    const scope = CancellationScope.current();
    const ended = works.map((work) =>
      work().catch((error: unknown) => {
        failure ??= { error };
        scope.cancel();
      }),
    );
    await Promise.all(ended);
  });
  if (failure) throw failure.error;
}
