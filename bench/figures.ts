import os from 'node:os';

/** One measured number. */
export interface Figure {
  what: string;
  value: string;
  /** What the aim is, or how to read it. */
  note?: string;
}

/** A benchmark: one file, run in a process of its own so that memory and caches are its own. */
export type Benchmark = (options: { projectRoot: string; directory: string }) => Promise<Figure[]>;

/** The machine, in one line: figures without it say nothing. */
export const machine = (): string =>
  `${os.cpus()[0]?.model.trim() ?? 'unknown processor'}, ${os.cpus().length} cores, ${Math.round(os.totalmem() / 2 ** 30)} GiB, ${os.platform()} ${os.arch()}, Node ${process.versions.node}`;

/** Seconds that some work took, with what it gave. */
export const timed = async <T>(work: () => T | Promise<T>): Promise<{ seconds: number; result: T }> => {
  const start = performance.now();
  const result = await work();
  return { seconds: (performance.now() - start) / 1000, result };
};

/** The middle one of several measurements. */
export const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

export const rate = (count: number, seconds: number): string => `${Math.round(count / seconds).toLocaleString('en')}/s`;
export const seconds = (value: number): string => `${value.toFixed(value < 10 ? 2 : 1)} s`;
export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
