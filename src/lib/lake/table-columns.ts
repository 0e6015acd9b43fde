/** A column as DDL and Glue name its type: `decimal(10,2)`, `array<string>`. */
export interface Column {
  name: string;
  type: string;
}

/** A table differs from its CREATE TABLE in a way that no statement mends by itself. */
export class TableDiffersError extends Error {
  override readonly name = 'TableDiffersError';
}

/** The columns of a CREATE TABLE statement, in order. */
export const declaredColumns = (ddl: string): Column[] => {
  const start = ddl.indexOf('(');
  const columns: Column[] = [];
  let depth = 0;
  let begin = start + 1;
  for (let at = start; at < ddl.length; at += 1) {
    const character = ddl[at];
    if (character === '(' || character === '<') depth += 1;
    if (character === ')' || character === '>') depth -= 1;
    const isEnd = depth === 0;
    if (!isEnd && !(depth === 1 && character === ',')) continue;
    columns.push(columnOf(ddl.slice(begin, at)));
    if (isEnd) return columns;
    begin = at + 1;
  }
  throw new Error(`not a CREATE TABLE with columns: ${ddl.slice(0, 80)}`);
};

const columnOf = (text: string): Column => {
  const [, name = '', type = ''] = /^\s*(\S+)\s+([^]+)$/.exec(text) ?? [];
  return { name: name.replaceAll('`', ''), type: type.replace(/\s+/g, '').toLowerCase() };
};

/**
 * The columns a table lacks. Those it has beyond are left alone: other tools may have added them.
 * @throws TableDiffersError where a column has another type
 */
export const missingColumns = (table: string, declared: readonly Column[], actual: readonly Column[]): Column[] => {
  const typeOf = new Map(actual.map(({ name, type }) => [name, type.replace(/\s+/g, '').toLowerCase()]));
  for (const { name, type } of declared) {
    const found = typeOf.get(name);
    if (found !== undefined && found !== type) throw new TableDiffersError(`${table}.${name} is ${found}, but sql/tables/ says ${type}: change the table by hand, or name the column anew`);
  }
  return declared.filter(({ name }) => !typeOf.has(name));
};
