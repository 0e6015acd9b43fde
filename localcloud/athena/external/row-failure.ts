import { trinoFailure } from '../failure.ts';
import type { AthenaFailure } from '../failure.ts';
import { literal } from './sql-text.ts';

const MARK = /HIVE~([A-Z_]+)~([\s\S]*?)~END/;

/**
 * A DuckDB expression that fails when it is evaluated, for a row that cannot be read. `text`: a DuckDB expression too.
 * The failure travels as a cast that cannot succeed: DuckDB's `error()` would be evaluated for every row.
 */
export const failed = (errorName: string, text: string): string => `CAST(${literal(`HIVE~${errorName}~`)} || ${text} || '~END' AS DECIMAL(1, 0))`;

const MALFORMED_JSON = /Malformed JSON in file|Input is not a valid JSON|unexpected character|is not valid JSON/i;

/** What DuckDB threw because of a row in an external table's file, in Athena's words; undefined for all else. */
export const rowFailureOf = (error: unknown): AthenaFailure | undefined => {
  const message = error instanceof Error ? error.message : String(error);
  const own = MARK.exec(message);
  if (own) return trinoFailure(own[1] ?? 'HIVE_BAD_DATA', own[2] ?? '', { cause: error });
  // https://docs.aws.amazon.com/athena/latest/ug/openx-json-serde.html; what follows the dash is the reader's own there.
  if (MALFORMED_JSON.test(message) && message.includes('in file')) {
    const line = /in line (\d+)/.exec(message)?.[1];
    return trinoFailure('HIVE_CURSOR_ERROR', `Row is not a valid JSON Object - JSONException: malformed text${line === undefined ? '' : ` in line ${line}`}`, { cause: error });
  }
  if (/CSV Error on Line|Maximum line size/i.test(message)) return trinoFailure('HIVE_BAD_DATA', 'Error reading a line of text: it is longer than 2 MB or no text', { cause: error });
  return undefined;
};
