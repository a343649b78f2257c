/** Rejects when the work takes longer than so many milliseconds. The work itself goes on; what comes of it then is dropped. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  // A timer of the plain kind: one that is cancelled by a signal makes an error each time, and this is done for every callback.
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, expiry]);
  } finally {
    clearTimeout(timer);
  }
}
