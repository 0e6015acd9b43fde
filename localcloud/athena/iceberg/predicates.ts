/** A literal as a SQL statement holds it, in text form: `2025-01-01`, `2025-01-01 10:00:00.5`, `-12.50`, `true`. */
export interface Literal {
  type: 'date' | 'timestamp' | 'number' | 'string' | 'boolean';
  value: string;
}

/**
 * A conjunct that every row of interest satisfies. Used only to leave files out, so losing one is never wrong.
 * `column` is a column's name in lower case, or `$path`. All operators but `in` have exactly one value.
 */
export interface ColumnPredicate {
  column: string;
  op: '=' | '<' | '<=' | '>' | '>=' | 'in';
  values: Literal[];
}
