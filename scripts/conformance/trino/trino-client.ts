import { setTimeout as sleep } from 'node:timers/promises';

/** Trino refused a statement, or it failed; `errorName` is Trino's: `DIVISION_BY_ZERO`. */
export class TrinoFailure extends Error {
  override readonly name = 'TrinoFailure';
  readonly errorName: string;

  constructor(errorName: string, message: string) {
    super(`${errorName}: ${message}`);
    this.errorName = errorName;
  }
}

export interface TrinoResult {
  columns: { name: string; type: string }[];
  /** As Trino's JSON has them. */
  rows: unknown[][];
  /** Rows written; undefined for queries. */
  updateCount: number | undefined;
}

/** A page of https://trino.io/docs/current/develop/client-protocol.html */
interface Page {
  nextUri?: string;
  columns?: { name: string; type: string }[];
  data?: unknown[][];
  updateCount?: number;
  error?: { errorName: string; message: string };
}

const HEADERS = {
  'X-Trino-User': 'floe',
  'X-Trino-Catalog': 'lake',
  'X-Trino-Time-Zone': 'UTC',
  // else timestamps are cut to milliseconds
  'X-Trino-Client-Capabilities': 'PARAMETRIC_DATETIME',
};

/** Runs one statement to its end. @throws TrinoFailure */
export type RunOnTrino = (sql: string) => Promise<TrinoResult>;

/** @param url the server's address @param schema for names without one */
export const createTrinoClient = (url: string, schema = 'silver'): RunOnTrino => async (sql) => {
  const result: TrinoResult = { columns: [], rows: [], updateCount: undefined };
  let page = await fetchPage(`${url}/v1/statement`, { method: 'POST', body: sql, headers: { ...HEADERS, 'X-Trino-Schema': schema } });
  for (;;) {
    if (page.error) throw new TrinoFailure(page.error.errorName, page.error.message);
    if (page.columns) result.columns = page.columns;
    if (page.data) result.rows.push(...page.data);
    if (page.updateCount !== undefined) result.updateCount = page.updateCount;
    if (page.nextUri === undefined) return result;
    page = await fetchPage(page.nextUri, { headers: HEADERS });
  }
};

const fetchPage = async (url: string, init: RequestInit): Promise<Page> => {
  for (let attempt = 0; ; attempt++) {
    const response = await fetch(url, init);
    if (response.ok) return (await response.json()) as Page;
    // "If the client request returns an HTTP 502, 503, or 504, … the client should try again in 50-100 ms"
    if (![502, 503, 504].includes(response.status) || attempt === 20) throw new Error(`${url}: ${response.status} ${await response.text()}`);
    await sleep(100);
  }
};
