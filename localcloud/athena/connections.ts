import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { DuckDBConnection } from '@duckdb/node-api';
import { DuckDBInstance } from '@duckdb/node-api';
import { QueryCancelled } from './failure.ts';
import { prepareConnection as prepareForIceberg } from './iceberg/index.ts';
import { sideBySide } from './side-by-side.ts';
import type { AthenaLimits } from './types.ts';

/** Connections that stay open for the next statement; preparing one takes some milliseconds. */
const IDLE_CONNECTIONS = 4;

/**
 * DuckDB, started with the first query. A statement has a connection for itself while it runs, so statements run side by side
 * and one can be interrupted alone.
 */
export class Connections {
  private readonly limits: AthenaLimits;
  private readonly temporaryFolder: string;
  private instance: Promise<DuckDBInstance> | undefined;
  private readonly idle: DuckDBConnection[] = [];
  private readonly busy = new Set<DuckDBConnection>();

  constructor(temporaryFolder: string, limits: AthenaLimits) {
    this.temporaryFolder = temporaryFolder;
    this.limits = limits;
  }

  /** Runs with a connection; aborting the signal interrupts what runs on it. @throws QueryCancelled */
  async use<T>(signal: AbortSignal | undefined, run: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    throwIfCancelled(signal);
    const connection = this.idle.pop() ?? (await this.open());
    this.busy.add(connection);
    const release = interruptWhenAborted(connection, signal);
    let reusable = false;
    try {
      throwIfCancelled(signal); // it may have been aborted while the connection was opened
      const result = await run(connection);
      reusable = true;
      return result;
    } catch (error) {
      if (signal?.aborted) throw new QueryCancelled();
      throw error;
    } finally {
      release();
      this.busy.delete(connection);
      // What failed may have left a transaction or temporary tables behind.
      if (reusable && !signal?.aborted && this.idle.length < IDLE_CONNECTIONS) this.idle.push(connection);
      else connection.closeSync();
    }
  }

  /** Interrupts what runs and closes. */
  async close(): Promise<void> {
    for (const connection of this.busy) connection.interrupt();
    for (const connection of this.idle.splice(0)) connection.closeSync();
    const instance = await this.instance;
    this.instance = undefined;
    instance?.closeSync();
  }

  private async open(): Promise<DuckDBConnection> {
    this.instance ??= this.start().catch((error: unknown) => {
      this.instance = undefined;
      throw error;
    });
    const connection = sideBySide(await (await this.instance).connect());
    await connection.run("SET TimeZone='UTC'");
    return connection;
  }

  private async start(): Promise<DuckDBInstance> {
    mkdirSync(this.temporaryFolder, { recursive: true });
    const { memoryLimit, threads = availableParallelism() } = this.limits;
    const instance = await DuckDBInstance.create(':memory:', {
      temp_directory: this.temporaryFolder,
      preserve_insertion_order: 'false',
      // So that a short query gets its turn beside long ones.
      scheduler_process_partial: 'true',
      // Nothing is fetched from the network, ever.
      autoinstall_known_extensions: 'false',
      ...(memoryLimit === undefined ? {} : { memory_limit: memoryLimit }),
      // DuckDB counts the thread that asks, which only waits here.
      threads: String(threads + 1),
    });
    // Macros and functions are the instance's: two connections that made them at once would conflict.
    const connection = sideBySide(await instance.connect());
    // Loaded with the first query: Trino's grammar is large.
    const { prepareConnection } = await import('./sql/index.ts');
    await prepareConnection(connection);
    prepareForIceberg(connection);
    this.idle.push(connection);
    return instance;
  }
}

const throwIfCancelled = (signal: AbortSignal | undefined): void => {
  if (signal?.aborted) throw new QueryCancelled();
};

const INTERRUPT_EVERY_MS = 50;

/** Interrupts until released: an interrupt that comes between two statements on a connection is lost. Answers the release. */
const interruptWhenAborted = (connection: DuckDBConnection, signal: AbortSignal | undefined): (() => void) => {
  let timer: NodeJS.Timeout | undefined;
  const interrupt = (): void => {
    connection.interrupt();
    timer = setInterval(() => connection.interrupt(), INTERRUPT_EVERY_MS);
  };
  signal?.addEventListener('abort', interrupt);
  return () => {
    clearInterval(timer);
    signal?.removeEventListener('abort', interrupt);
  };
};
