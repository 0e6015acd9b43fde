/** Many tasks at once, or one alone, in the order of their asking. */
export class SharedLock {
  private lastAlone: Promise<unknown> = Promise.resolve();
  private readonly together = new Set<Promise<unknown>>();

  async shared<T>(task: () => Promise<T>): Promise<T> {
    const run = this.lastAlone.then(task);
    const settled = run.catch(() => undefined); // the caller has the error
    this.together.add(settled);
    try {
      return await run;
    } finally {
      this.together.delete(settled);
    }
  }

  exclusive<T>(task: () => Promise<T>): Promise<T> {
    const run = Promise.all([this.lastAlone, ...this.together]).then(task);
    this.lastAlone = run.catch(() => undefined);
    return run;
  }
}
