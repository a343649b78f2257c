import { CancellationScope } from '@temporalio/workflow';

/**
 * Does all at the same time. The first failure cancels the scope that they are done in, since the others are of no use then, and is thrown when all have
 * ended. A scope of its own, or `Promise.all`, would cost as many promises again, each of which the SDK tracks.
 */
export function sideBySide(...works: (() => Promise<unknown>)[]): Promise<void> {
  const scope = CancellationScope.current();
  return new Promise((resolve, reject) => {
    let underWay = works.length;
    let failure: Error | undefined;
    const ended = () => {
      underWay -= 1;
      if (underWay > 0) return;
      if (failure) reject(failure);
      else resolve();
    };
    const failed = (error: Error) => {
      failure ??= error;
      scope.cancel();
      ended();
    };
    for (const work of works) void work().then(ended, failed);
  });
}
