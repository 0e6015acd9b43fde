import type { Batch } from '../input/batches.ts';

/** One pass of the demo: what the sources send before a run. */
export interface DemoPass {
  title: string;
  /** What is sent, a line each, for a person. */
  lines: string[];
  batch: Batch;
  /** The beginning of a file whose writer has not finished, put on the SFTP server before the run. */
  unfinished?: { name: string; content: Buffer };
}
