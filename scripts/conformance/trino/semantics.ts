import { SEMANTICS } from '../../../tests/cloud/athena-sql/semantics.cases.ts';
import { TrinoFailure, type RunOnTrino } from './trino-client.ts';

export interface CaseDifference {
  expression: string;
  expected: string;
  trino: string;
}

/** Runs the table of semantic cases, on which floe's engine is tested, on Trino. */
export const compareCases = async (run: RunOnTrino): Promise<{ count: number; differences: CaseDifference[] }> => {
  const cases = SEMANTICS.flatMap((group) => group.cases);
  const differences: CaseDifference[] = [];
  for (const [expression, expected] of cases) {
    const wanted = expected === null ? 'NULL' : typeof expected === 'string' ? expected : `fails: ${expected.fails}`;
    const trino = await answer(run, expression);
    if (!isSame(wanted, trino)) differences.push({ expression, expected: wanted, trino });
  }
  return { count: cases.length, differences };
};

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
  if (/^[[{]/.test(text)) return text.replace(/"(-?\d+)"/g, '$1').replace(/"\w+":/g, '').replaceAll('{', '[').replaceAll('}', ']');
  return text.replace(/^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(\.\d*?)?0*(\+00| UTC)?$/, (_all, whole: string, fraction: string | undefined, zone: string | undefined) => `${whole}${fraction === '.' ? '' : (fraction ?? '')}${zone === undefined ? '' : ' UTC'}`);
};
