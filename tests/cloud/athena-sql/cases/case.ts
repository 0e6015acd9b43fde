import type { SqlErrorName } from '../../../../localcloud/athena/sql/index.ts';

/**
 * What Trino answers, as a table anyone can extend: an expression, and the first value of `SELECT <expression>` as text (arrays
 * and rows as JSON). The source of each group's answers is the page of Trino's documentation it names, or a Trino that was asked; numbers are compared as
 * numbers where the answer has no decimal point.
 */
export interface Failure {
  fails: SqlErrorName;
}

export const fails = (name: SqlErrorName): Failure => ({ fails: name });

export type SemanticCase = readonly [expression: string, expected: string | null | Failure];

export interface SemanticGroup {
  title: string;
  /** A page below https://trino.io/docs/current/, or the release of Trino that was asked. */
  source: string;
  cases: readonly SemanticCase[];
}
