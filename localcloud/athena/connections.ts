import { mkdirSync } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';
import { DuckDBInstance } from '@duckdb/node-api';
import { QueryCancelled } from './failure.ts';
import { prepareConnection as prepareForIceberg } from './iceberg/index.ts';
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
    if (signal?.aborted) throw new QueryCancelled();
    const connection = this.idle.pop() ?? (await this.open());
    this.busy.add(connection);
    const interrupt = (): void => connection.interrupt();
    signal?.addEventListener('abort', interrupt);
    let reusable = false;
    try {
      const result = await run(connection);
      reusable = true;
      return result;
    } catch (error) {
      if (signal?.aborted) throw new QueryCancelled();
      throw error;
    } finally {
      signal?.removeEventListener('abort', interrupt);
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
    this.instance ??= this.start();
    const instance = await this.instance;
    const connection = await instance.connect();
    // Loaded with the first query: Trino's grammar is large.
    const { prepareConnection } = await import('./sql/index.ts');
    await prepareConnection(connection);
    await prepareForIceberg(connection);
    return connection;
  }

  private async start(): Promise<DuckDBInstance> {
    mkdirSync(this.temporaryFolder, { recursive: true });
    const { memoryLimit, threads } = this.limits;
    return DuckDBInstance.create(':memory:', {
      temp_directory: this.temporaryFolder,
      preserve_insertion_order: 'false',
      // Nothing is fetched from the network, ever.
      autoinstall_known_extensions: 'false',
      ...(memoryLimit === undefined ? {} : { memory_limit: memoryLimit }),
      ...(threads === undefined ? {} : { threads: String(threads) }),
    });
  }
}
