import { trinoFailure } from './failure.ts';
import type { TrinoType } from './trino-types.ts';
import { coerces, trinoTypeText } from './trino-types.ts';

/** @throws AthenaFailure TYPE_MISMATCH in Trino's words. */
export const checkTypes = (table: readonly (TrinoType | undefined)[], query: readonly TrinoType[]): void => {
  const fits = table.length === query.length && query.every((type, index) => {
    const to = table[index];
    return to === undefined || coerces(type, to);
  });
  if (fits) return;
  const list = (types: readonly (TrinoType | undefined)[]): string => types.map((type) => (type ? trinoTypeText(type) : 'unknown')).join(', ');
  throw trinoFailure('TYPE_MISMATCH', `Insert query has mismatched column types: Table: [${list(table)}], Query: [${list(query)}]`);
};
