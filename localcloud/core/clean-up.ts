/** What ends a part; where it takes time, a promise. */
export type Step = () => unknown;

/** What has been started, stopped in the opposite order. */
export class CleanUp {
  private readonly steps: Step[] = [];
  private running: Promise<void> | undefined;

  add(step: Step): void {
    this.steps.push(step);
  }

  /** A second call waits for the first. Every step is run; then the first failure is thrown. */
  run(): Promise<void> {
    this.running ??= this.runSteps();
    return this.running;
  }

  private async runSteps(): Promise<void> {
    const failures: unknown[] = [];
    for (const step of this.steps.reverse()) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'the embedded cloud did not stop cleanly');
  }
}
