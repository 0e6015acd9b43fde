import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { DuckDBConnection, DuckDBPendingResult, DuckDBResult } from '@duckdb/node-api';
import { DuckDBMaterializedResult } from '@duckdb/node-api';
import bindings from '@duckdb/node-bindings';

/** Node has four threads for all that is slow (UV_THREADPOOL_SIZE): files of other services must find one free. */
const FETCHES_AT_ONCE = 3;
/** Small statements are done within this time; only what lasts longer is asked after at intervals. */
const IMPATIENT_MS = 2;
const LONGEST_PAUSE_MS = 5;

/**
 * Makes a connection wait for its statements without holding one of Node's four threads: DuckDB's own threads compute, and the
 * state is asked after. Otherwise four long queries would stop every other query, and every file operation of the process.
 * The instance must have a thread of its own (`threads` of 2 or more).
 */
export const sideBySide = (connection: DuckDBConnection): DuckDBConnection => {
  connection.run = async (sql, values, types) => {
    const result = await finished(await connection.start(sql, values, types));
    if (!(result instanceof DuckDBMaterializedResult)) throw new TypeError('DuckDB streamed a result that was to be whole');
    return result;
  };
  connection.stream = async (sql, values, types) => fetchingInTurn(await finished(await connection.startStream(sql, values, types)));
  return connection;
};

/** The result once it, or its first rows, are there. Throws DuckDB's error. */
const finished = async (pending: DuckDBPendingResult): Promise<DuckDBResult> => {
  const handle = Reflect.get(pending, 'pending_result') as Parameters<typeof bindings.pending_execute_check_state>[0];
  const startedMs = performance.now();
  for (;;) {
    // Any other state is an end, good or bad: getResult tells which.
    const state = bindings.pending_execute_check_state(handle);
    if (state !== bindings.PendingState.NO_TASKS_AVAILABLE && state !== bindings.PendingState.RESULT_NOT_READY) return pending.getResult();
    const elapsedMs = performance.now() - startedMs;
    await (elapsedMs < IMPATIENT_MS ? nextTurn() : sleep(Math.min(LONGEST_PAUSE_MS, elapsedMs / 10)));
  }
};

let fetching = 0;
const waiting: (() => void)[] = [];

/** Fetching rows may compute, on one of Node's threads: no more than some at once, in turn. */
const fetchingInTurn = (result: DuckDBResult): DuckDBResult => {
  const fetchChunk = result.fetchChunk.bind(result);
  result.fetchChunk = async () => {
    if (fetching >= FETCHES_AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
    else fetching += 1;
    try {
      return await fetchChunk();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else fetching -= 1;
    }
  };
  return result;
};
