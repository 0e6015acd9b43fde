import { fieldAtSql, type Typed } from './scope.ts';
import type { TrinoType } from './types.ts';

/** Comparisons where DuckDB's are not Trino's: NaN, and NULL inside arrays, rows and maps. */

export type Comparison = '=' | '<>' | '<' | '<=' | '>' | '>=';

/** Maps and documents can only be equal or not. */
export const isOrderable = (type: TrinoType): boolean => {
  if (type.kind === 'array') return isOrderable(type.element);
  if (type.kind === 'row') return type.fields.every((field) => isOrderable(field.type));
  return type.kind !== 'map' && type.kind !== 'json';
};

const isFloating = (type: TrinoType): boolean => type.kind === 'double' || type.kind === 'real';

/** A literal is never NaN. */
const mayBeNaN = (value: Typed): boolean => value.literal === undefined && (value.type === undefined || isFloating(value.type));

/**
 * DuckDB's NaN equals itself and is the greatest; Trino's is equal to nothing and neither less nor greater. A side that makes a
 * comparison true by being NaN is asked after; where the other side is NULL the answer stays NULL.
 */
const compareFloating = (left: Typed, operator: Comparison, right: Typed, inJoin: boolean): string => {
  const bare = `${left.sql} ${operator} ${right.sql}`;
  const [suspect, other] = operator === '<' || operator === '<=' ? [right, left] : operator === '=' && !mayBeNaN(left) ? [right, left] : [left, right];
  if (!mayBeNaN(suspect) || ((operator === '=' || operator === '<>') && !(mayBeNaN(left) && mayBeNaN(right)))) return `(${bare})`;
  if (operator === '<>') return `(${bare} OR (isnan(${left.sql}) AND ${right.sql} IS NOT NULL))`;
  const knownOther = inJoin || other.literal !== undefined;
  return `(${bare} AND ${knownOther ? `NOT isnan(${suspect.sql})` : `(NOT isnan(${suspect.sql}) OR ${other.sql} IS NULL)`})`;
};

/** Whether DuckDB compares values of a type as Trino does. */
export const isPlain = (type: TrinoType): boolean => !isFloating(type) && type.kind !== 'array' && type.kind !== 'map' && type.kind !== 'row';

/** How deep arrays are nested in a type: tells the lambdas of nested comparisons apart, by a name that is the same each time. */
const depthOf = (type: TrinoType): number => {
  if (type.kind === 'array') return 1 + depthOf(type.element);
  if (type.kind === 'map') return 1 + depthOf(type.value);
  return type.kind === 'row' ? Math.max(0, ...type.fields.map((field) => depthOf(field.type))) : 0;
};

const lambdaName = (element: TrinoType): string => `t_pair_${depthOf(element)}_`;

const partOf = (sql: string, type: TrinoType & { kind: 'row' }, index: number): Typed => {
  const field = type.fields[index];
  return { sql: fieldAtSql(sql, index), type: field?.type };
};

/** Equal element by element: NULL where no pair differs and one is not known. */
const equalLists = (left: string, right: string, element: TrinoType): string => {
  const name = lambdaName(element);
  const pair = compareTyped({ sql: `${name}[1]`, type: element }, '=', { sql: `${name}[2]`, type: element }, element, false);
  return `(CASE WHEN len(${left}) <> len(${right}) THEN false WHEN ${left} IS NULL OR ${right} IS NULL THEN NULL ELSE t_all_match(list_transform(list_zip(${left}, ${right}), lambda ${name}: ${pair})) END)`;
};

const equalMaps = (left: string, right: string, type: TrinoType & { kind: 'map' }): string => {
  const values = (map: string): string => `list_transform(list_sort(map_keys(${map})), lambda t_k_: t_map_element(${map}, t_k_))`;
  return `(CASE WHEN list_sort(map_keys(${left})) <> list_sort(map_keys(${right})) THEN false ELSE ${equalLists(values(left), values(right), type.value)} END)`;
};

const equalRows = (left: Typed, right: Typed, type: TrinoType & { kind: 'row' }): string => {
  const leftType = left.type?.kind === 'row' ? left.type : type;
  const rightType = right.type?.kind === 'row' ? right.type : type;
  const parts = type.fields.map((field, index) => compareTyped(partOf(left.sql, leftType, index), '=', partOf(right.sql, rightType, index), field.type, false));
  return `(CASE WHEN ${left.sql} IS NOT NULL AND ${right.sql} IS NOT NULL THEN ${parts.join(' AND ')} END)`;
};

const equal = (left: Typed, right: Typed, common: TrinoType): string => {
  if (common.kind === 'array') return equalLists(left.sql, right.sql, common.element);
  if (common.kind === 'map') return equalMaps(left.sql, right.sql, common);
  if (common.kind === 'row') return equalRows(left, right, common);
  throw new Error('a nested type');
};

/** Two values of a common type. In a join's condition nested values are compared bare, so that DuckDB can hash them. */
export const compareTyped = (left: Typed, operator: Comparison, right: Typed, common: TrinoType, inJoin: boolean): string => {
  if (isFloating(common)) return compareFloating(left, operator, right, inJoin);
  if (isPlain(common) || inJoin) return `(${left.sql} ${operator} ${right.sql})`;
  if (operator === '=') return equal(left, right, common);
  if (operator === '<>') return `(NOT ${equal(left, right, common)})`;
  return compareInOrder(left, operator, right, common);
};

const hasNull = (sql: string, type: TrinoType): string => {
  if (type.kind === 'array') {
    const name = lambdaName(type.element);
    return isPlain(type.element) || isFloating(type.element) ? `len(${sql}) > list_count(${sql})` : `len(list_filter(${sql}, lambda ${name}: ${name} IS NULL OR ${hasNull(name, type.element)})) > 0`;
  }
  if (type.kind === 'row') return type.fields.map((field, index) => { const part = partOf(sql, type, index); return `(${part.sql} IS NULL OR ${hasNull(part.sql, field.type)})`; }).join(' OR ');
  return 'false';
};

/** Trino refuses to order what holds a NULL. */
const compareInOrder = (left: Typed, operator: Comparison, right: Typed, common: TrinoType): string => {
  const name = common.kind === 'array' ? 'ARRAY' : 'ROW';
  const nulls = [left, right].map((side) => `(${hasNull(side.sql, side.type ?? common)})`).join(' OR ');
  return `(CASE WHEN ${nulls} THEN t_fail('NOT_SUPPORTED', '${name} comparison not supported for ${name === 'ARRAY' ? 'arrays with null elements' : 'fields with null elements'}') ELSE ${left.sql} ${operator} ${right.sql} END)`;
};
