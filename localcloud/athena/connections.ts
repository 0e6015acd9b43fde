import type { DuckDBConnection } from '@duckdb/node-api';
import { DuckDBPool } from './duckdb-pool.ts';
import { QueryCancelled } from './failure.ts';
import { sideBySide } from './side-by-side.ts';
import type { AthenaLimits } from './types.ts';

/** A statement has a DuckDB for itself while it runs, so statements run side by side and one can be interrupted alone. */
export class Connections {
  private readonly pool: DuckDBPool;
  private readonly underWay = new Map<Interruption, Promise<unknown>>();

  constructor(temporaryFolder: string, limits: AthenaLimits) {
    this.pool = new DuckDBPool(temporaryFolder, limits);
  }

  /** Runs with a connection; aborting the signal interrupts what runs on it. @throws QueryCancelled */
  async use<T>(signal: AbortSignal | undefined, run: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const interruption = new Interruption(signal);
    const ended = this.runOnce(interruption, run);
    this.underWay.set(interruption, ended);
    try {
      return await ended;
    } finally {
      this.underWay.delete(interruption);
      interruption.release();
    }
  }

  /** Interrupts what runs, waits for its end and closes. */
  async close(): Promise<void> {
    for (const interruption of this.underWay.keys()) interruption.begin();
    await Promise.allSettled(this.underWay.values());
    await this.pool.close();
  }

  private async runOnce<T>(interruption: Interruption, run: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    interruption.throwIfBegun();
    const pooled = await this.pool.take();
    try {
      return await this.runOn(await pooled.instance.connect(), interruption, run);
    } finally {
      await this.pool.giveBack(pooled);
    }
  }

  private async runOn<T>(connection: DuckDBConnection, interruption: Interruption, run: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    try {
      await sideBySide(connection);
      interruption.throwIfBegun(); // it may have been aborted while the connection was opened
      interruption.connection = connection;
      return await run(connection);
    } catch (error) {
      interruption.throwIfBegun();
      throw error;
    } finally {
      interruption.connection = undefined;
      // Temporary tables and a transaction that failed go with it.
      connection.closeSync();
    }
  }
}

const INTERRUPT_EVERY_MS = 50;

/** Interrupts a connection again and again: an interrupt that comes between two statements is lost. */
class Interruption {
  connection: DuckDBConnection | undefined;
  private readonly signal: AbortSignal | undefined;
  private timer: NodeJS.Timeout | undefined;
  private begun = false;

  constructor(signal: AbortSignal | undefined) {
    this.signal = signal;
    if (signal?.aborted) this.begun = true;
    else signal?.addEventListener('abort', this.begin);
  }

  readonly begin = (): void => {
    if (this.begun) return;
    this.begun = true;
    this.connection?.interrupt();
    this.timer = setInterval(() => this.connection?.interrupt(), INTERRUPT_EVERY_MS);
  };

  /** @throws QueryCancelled */
  throwIfBegun(): void {
    if (this.begun) throw new QueryCancelled();
  }

  release(): void {
    clearInterval(this.timer);
    this.signal?.removeEventListener('abort', this.begin);
  }
}
