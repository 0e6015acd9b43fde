import path from 'node:path';
import type { ObjectStore } from '../core/ports.ts';
import type { Clock } from '../core/service.ts';
import { CatalogStore } from '../glue/index.ts';
import { AthenaEngine } from './engine.ts';
import type { AthenaLimits, ResultColumn, StatementContext, StatementStatistics } from './types.ts';

export interface OpenAthenaOptions {
  /** A cloud's data directory; the cloud itself must be stopped. */
  dataDir: string;
  store: ObjectStore;
  clock?: Clock;
  limits?: AthenaLimits;
}

export interface DirectResult {
  columns: ResultColumn[];
  /** Values as Athena prints them. */
  rows: (string | null)[][];
  statistics: StatementStatistics;
}

export interface DirectAthena {
  /** @throws AthenaFailure why the statement was refused or FAILED */
  execute(sql: string, context?: StatementContext): Promise<DirectResult>;
  close(): Promise<void>;
}

/** Athena without its API, on a stopped cloud's directory: rows come back in memory. */
export const openAthena = (options: OpenAthenaOptions): DirectAthena => {
  const { dataDir, store } = options;
  const clock = options.clock ?? (() => new Date());
  const catalog = new CatalogStore(path.join(dataDir, 'glue'), clock);
  const engine = new AthenaEngine({ store, catalog, clock }, { stateFolder: path.join(dataDir, 'athena'), temporaryFolder: path.join(dataDir, 'tmp') }, options.limits);
  return {
    async execute(sql, context = {}) {
      await engine.check(sql, context.parameters);
      const rows: (string | null)[][] = [];
      const result = await engine.execute(sql, context, {
        columns: () => undefined,
        rows: (more) => {
          for (const row of more) rows.push([...row]);
        },
      });
      return { columns: result.columns, rows, statistics: result.statistics };
    },
    close: () => engine.close(),
  };
};
