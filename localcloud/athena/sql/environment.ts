import type { Translation } from './context.ts';
import type { Column, Scope } from './scope.ts';

/** Where an expression stands. */
export interface Environment {
  translation: Translation;
  scope: Scope;
  /** Common table expressions that can be named here, with their columns; undefined where `*` hides them. */
  ctes: ReadonlyMap<string, Column[] | undefined>;
  /** In the condition of a join: DuckDB must see bare comparisons there, or it compares every row with every row. */
  inJoin: boolean;
  /** A clause that takes no aggregates: `WHERE clause`. */
  noAggregates?: string | undefined;
  /** The aggregate whose argument this is: there is none within it. */
  aggregate?: string | undefined;
}

export const withScope = (environment: Environment, scope: Scope, inJoin = false): Environment => ({ ...environment, scope, inJoin });
