import { SEMANTICS } from '../../../tests/cloud/athena-sql/semantics.cases.ts';
import type { SemanticCase } from '../../../tests/cloud/athena-sql/cases/case.ts';
import { TrinoFailure, type RunOnTrino } from './trino-client.ts';

export interface CaseDifference {
  expression: string;
  expected: string;
  trino: string;
}

/** Runs the table of semantic cases, on which floe's engine is tested, on Trino. */
export const compareCases = async (run: RunOnTrino): Promise<{ count: number; refused: number; differences: CaseDifference[] }> => {
  const cases = SEMANTICS.flatMap((group) => group.cases);
  const differences: CaseDifference[] = [];
  let refused = 0;
  for (const [expression, expected] of cases) {
    if (isRefusedHere(expected)) {
      refused += 1;
      continue;
    }
    const wanted = expected === null ? 'NULL' : typeof expected === 'string' ? expected : `fails: ${expected.fails}`;
    const trino = await answer(run, expression);
    if (!isSame(wanted, trino)) differences.push({ expression, expected: wanted, trino });
  }
  return { count: cases.length - refused, refused, differences };
};

/** What floe's engine does not know it refuses, whatever Trino answers. */
const isRefusedHere = (expected: SemanticCase[1]): boolean => expected !== null && typeof expected === 'object' && expected.fails === 'NOT_SUPPORTED';

const answer = async (run: RunOnTrino, expression: string): Promise<string> => {
  try {
    const { rows } = await run(`SELECT ${expression} AS r`);
    const value = rows[0]?.[0];
    return value === null || value === undefined ? 'NULL' : typeof value === 'string' ? value : JSON.stringify(value);
  } catch (error) {
    if (error instanceof TrinoFailure) return `fails: ${error.errorName}`;
    throw error;
  }
};

const isSame = (wanted: string, trino: string): boolean => canonical(wanted) === canonical(trino);

/**
 * The cases are written as DuckDB's JSON prints values: numbers by value unless they have a decimal point, 64-bit elements as
 * text, rows as objects, zones as +00, fractions of seconds without trailing zeros.
 */
const canonical = (text: string): string => {
  if (/^-?\d+(\.0)?$/.test(text)) return String(Number(text));
  if (/^[[{]/.test(text)) {
    const plain = text.replace(/"(-?\d+(?:\.\d+)?)"/g, '$1').replace(/"\w*":/g, '').replaceAll('{', '[').replaceAll('}', ']');
    return plain.replace(/(\d\d:\d\d:\d\d\.\d*?)0*(?=")/g, '$1').replace(/\.(?=")/g, '');
  }
  const zoned = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d{1,3})?) ([+-]\d\d:\d\d)$/.exec(text);
  if (zoned) return canonical(`${new Date(`${zoned[1] ?? ''}T${zoned[2] ?? ''}${zoned[3] ?? ''}`).toISOString().replace('T', ' ').replace('Z', '')} UTC`); // one point in time
  return text.replace(/^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(\.\d*?)?0*(\+00| UTC)?$/, (_all, whole: string, fraction: string | undefined, zone: string | undefined) => `${whole}${fraction === '.' ? '' : (fraction ?? '')}${zone === undefined ? '' : ' UTC'}`);
};
