import type { UnnestContext } from 'dt-sql-parser/dist/lib/trino/TrinoSqlParser';
import { withScope } from './environment.ts';
import type { Environment } from './environment.ts';
import { printExpression } from './expressions.ts';
import { renamed } from './queries.ts';
import type { PrintedRelation } from './relations.ts';
import { fieldAtSql, relation } from './scope.ts';
import type { Column, Relation, Scope, Typed } from './scope.ts';
import { errorAt, notSupported, quoteIdentifier } from './tree.ts';
import { BIGINT, typeText } from './types.ts';

/** What one argument of UNNEST becomes: expressions of DuckDB's unnest, and the columns they make. */
interface Unnested {
  expressions: string[];
  columns: (Column & { name: undefined })[];
  /** DuckDB's expression for the number of rows. */
  length: string;
}

const column = (type: Column['type']): Column & { name: undefined } => ({ name: undefined, type });

/** A row's fields become columns, a map's keys and values do. */
const unnestOne = (value: Typed, wanted: number | undefined, alone: boolean, node: UnnestContext): Unnested => {
  const { sql, type } = value;
  const length = `len(${sql})`;
  if (type?.kind === 'map') {
    return { expressions: [`unnest(map_keys(${sql}))`, `unnest(map_values(${sql}))`], columns: [column(type.key), column(type.value)], length: `CAST(cardinality(${sql}) AS BIGINT)` };
  }
  if (type?.kind === 'array' && type.element.kind === 'row') {
    return { expressions: type.element.fields.map((_, index) => fieldAtSql(`unnest(${sql})`, index)), columns: type.element.fields.map((field) => column(field.type)), length };
  }
  if (type && type.kind !== 'array') throw errorAt(node, 'INVALID_FUNCTION_ARGUMENT', `Cannot unnest type: ${typeText(type)}`);
  if (!type && wanted !== undefined && wanted > 1 && alone) {
    // An array of rows of unknown type: DuckDB spreads the fields.
    return { expressions: [`unnest(${sql}, max_depth := 2)`], columns: Array.from({ length: wanted }, () => column(undefined)), length };
  }
  return { expressions: [`unnest(${sql})`], columns: [column(type?.element)], length };
};

/**
 * The columns of the tables beside UNNEST under their own names again, within its sub-query: DuckDB does not find them in a lambda
 * (`filter(ARRAY[1, 2], x -> x > t.n)`, and many a macro of ours) where nothing else of the array depends on them.
 */
const broughtIn = (used: ReadonlyMap<Relation, ReadonlySet<string>>, environment: Environment): string => {
  const relations = [...used].map(([{ alias }, names]) => {
    const columns = [...names].map((name) => (alias === undefined ? quoteIdentifier(name) : `${quoteIdentifier(alias)}.${quoteIdentifier(name)}`));
    return `(SELECT ${columns.join(', ')}) AS ${quoteIdentifier(alias ?? environment.translation.freshName())}`;
  });
  return relations.length === 0 ? '' : ` FROM ${relations.join(', ')}`;
};

/** The scope and those around it, with someone told of the columns that are found there. */
const watched = (scope: Scope, found: NonNullable<Scope['found']>): Scope => ({ ...scope, parent: scope.parent && watched(scope.parent, found), found });

/** `UNNEST(a, b) WITH ORDINALITY AS u(x, y, n)`: a lateral sub-query; shorter arrays are filled up with NULL. */
export const printUnnest = (node: UnnestContext, alias: string | undefined, aliases: string[] | undefined, environment: Environment): PrintedRelation => {
  const used = new Map<Relation, Set<string>>();
  const found = (item: Relation, name: string): unknown => used.set(item, (used.get(item) ?? new Set()).add(name));
  const values = node.expression().map((expression) => printExpression(expression, withScope(environment, watched(environment.scope, found))));
  const ordinality = node.KW_ORDINALITY() !== null;
  const wanted = aliases === undefined ? undefined : aliases.length - (ordinality ? 1 : 0);
  const alone = values.length === 1;
  if (!alone && wanted !== undefined && wanted !== values.length && values.some((value) => !value.type)) throw notSupported(node, 'UNNEST of several arrays of unknown types');
  const parts = values.map((value) => unnestOne(value, wanted, alone, node));
  const lengths = parts.map((part) => `coalesce(${part.length}, 0)`);
  const count = lengths.length === 1 ? (lengths[0] ?? '0') : `greatest(${lengths.join(', ')})`;
  const expressions = [...parts.flatMap((part) => part.expressions), ...(ordinality ? [`unnest(range(1, ${count} + 1))`] : [])];
  const columns: Column[] = [...parts.flatMap((part) => part.columns), ...(ordinality ? [{ name: undefined, type: BIGINT }] : [])];
  const named = renamed(columns, aliases, node);
  const name = alias ?? environment.translation.freshName();
  return {
    sql: `LATERAL (SELECT ${expressions.join(', ')}${values.every((value) => value.column) ? '' : broughtIn(used, environment)}) AS ${quoteIdentifier(name)}${aliases ? `(${aliases.map(quoteIdentifier).join(', ')})` : ''}`,
    relations: [relation(name, named)],
  };
};
