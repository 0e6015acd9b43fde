/** Column types as Athena's DDL and the Glue catalog write them, and what they are called in Trino, DuckDB and Iceberg. */
export type HiveType =
  | { kind: 'primitive'; name: PrimitiveName }
  | { kind: 'decimal'; precision: number; scale: number }
  /** varchar(n) and char(n). */
  | { kind: 'text'; name: 'varchar' | 'char'; length: number }
  | { kind: 'array'; element: HiveType }
  | { kind: 'map'; key: HiveType; value: HiveType }
  | { kind: 'struct'; fields: { name: string; type: HiveType }[] };

export type PrimitiveName = 'boolean' | 'tinyint' | 'smallint' | 'int' | 'bigint' | 'float' | 'double' | 'string' | 'binary' | 'date' | 'timestamp' | 'timestamptz' | 'time' | 'uuid';

/** Names DDL takes, with their other spellings. */
const PRIMITIVES: Readonly<Record<string, PrimitiveName>> = {
  boolean: 'boolean',
  tinyint: 'tinyint',
  smallint: 'smallint',
  int: 'int',
  integer: 'int',
  bigint: 'bigint',
  long: 'bigint',
  float: 'float',
  real: 'float',
  double: 'double',
  string: 'string',
  binary: 'binary',
  varbinary: 'binary',
  date: 'date',
  timestamp: 'timestamp',
  timestamptz: 'timestamptz',
  time: 'time',
  uuid: 'uuid',
};

const NAMES: Readonly<Record<PrimitiveName, { trino: string; duck: string }>> = {
  boolean: { trino: 'boolean', duck: 'BOOLEAN' },
  tinyint: { trino: 'tinyint', duck: 'TINYINT' },
  smallint: { trino: 'smallint', duck: 'SMALLINT' },
  int: { trino: 'integer', duck: 'INTEGER' },
  bigint: { trino: 'bigint', duck: 'BIGINT' },
  float: { trino: 'real', duck: 'FLOAT' },
  double: { trino: 'double', duck: 'DOUBLE' },
  string: { trino: 'varchar', duck: 'VARCHAR' },
  binary: { trino: 'varbinary', duck: 'BLOB' },
  date: { trino: 'date', duck: 'DATE' },
  timestamp: { trino: 'timestamp', duck: 'TIMESTAMP' },
  timestamptz: { trino: 'timestamp with time zone', duck: 'TIMESTAMPTZ' },
  time: { trino: 'time(6)', duck: 'TIME' },
  uuid: { trino: 'uuid', duck: 'UUID' },
};

/** What stands where a type was expected. */
export class TypeTextError extends Error {
  override readonly name = 'TypeTextError';
}

/** Reads a type from words; the DDL parser and {@link parseHiveType} feed it. */
export interface TypeWords {
  /** The next word, lower case, taken; symbols stand alone. */
  next(): string;
  peek(): string;
}

export const readHiveType = (words: TypeWords): HiveType => {
  const name = words.next();
  if (name === 'array') return { kind: 'array', element: between(words, '<', '>', () => readHiveType(words)) };
  if (name === 'map') return between(words, '<', '>', () => readMap(words));
  if (name === 'struct' || name === 'row') return { kind: 'struct', fields: between(words, '<', '>', () => readFields(words)) };
  if (name === 'decimal' || name === 'numeric') return readDecimal(words);
  if (name === 'varchar' || name === 'char') return readText(words, name);
  const primitive = Object.hasOwn(PRIMITIVES, name) ? PRIMITIVES[name] : undefined;
  if (!primitive) throw new TypeTextError(`unknown type '${name}'`);
  return { kind: 'primitive', name: primitive };
};

const readMap = (words: TypeWords): HiveType => {
  const key = readHiveType(words);
  expectWord(words, ',');
  return { kind: 'map', key, value: readHiveType(words) };
};

const readFields = (words: TypeWords): { name: string; type: HiveType }[] => {
  const fields: { name: string; type: HiveType }[] = [];
  do {
    const name = words.next();
    if (fields.some((field) => field.name === name)) throw new TypeTextError(`duplicate field '${name}' in a struct`);
    expectWord(words, ':');
    fields.push({ name, type: readHiveType(words) });
  } while (takeWord(words, ','));
  return fields;
};

const readDecimal = (words: TypeWords): HiveType => {
  if (words.peek() !== '(') return { kind: 'decimal', precision: 10, scale: 0 };
  return between(words, '(', ')', () => {
    const precision = readNumber(words);
    const scale = takeWord(words, ',') ? readNumber(words) : 0;
    if (precision < 1 || precision > 38 || scale > precision) throw new TypeTextError(`invalid decimal(${precision},${scale})`);
    return { kind: 'decimal', precision, scale };
  });
};

const readText = (words: TypeWords, name: 'varchar' | 'char'): HiveType =>
  words.peek() === '(' ? { kind: 'text', name, length: between(words, '(', ')', () => readNumber(words)) } : { kind: 'primitive', name: 'string' };

const readNumber = (words: TypeWords): number => {
  const word = words.next();
  if (!/^\d+$/.test(word)) throw new TypeTextError(`expected a number, not '${word}'`);
  return Number(word);
};

const between = <T>(words: TypeWords, open: string, close: string, read: () => T): T => {
  expectWord(words, open);
  const value = read();
  expectWord(words, close);
  return value;
};

const takeWord = (words: TypeWords, word: string): boolean => {
  if (words.peek() !== word) return false;
  words.next();
  return true;
};

const expectWord = (words: TypeWords, word: string): void => {
  const found = words.next();
  if (found !== word) throw new TypeTextError(`expected '${word}', not '${found}'`);
};

/** A type text of the catalog. @throws TypeTextError */
export const parseHiveType = (text: string): HiveType => {
  const words = text.toLowerCase().match(/[\w$]+|[<>(),:]/g) ?? [];
  let at = 0;
  const type = readHiveType({ next: () => words[at++] ?? '<end>', peek: () => words[at] ?? '<end>' });
  if (at < words.length) throw new TypeTextError(`unexpected '${words[at] ?? ''}' in type ${text}`);
  return type;
};

/** As Glue and DESCRIBE write it: `array<string>`, `decimal(10,2)`. */
export const hiveText = (type: HiveType): string => {
  switch (type.kind) {
    case 'primitive':
      return type.name;
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`;
    case 'text':
      return `${type.name}(${type.length})`;
    case 'array':
      return `array<${hiveText(type.element)}>`;
    case 'map':
      return `map<${hiveText(type.key)},${hiveText(type.value)}>`;
    case 'struct':
      return `struct<${type.fields.map((field) => `${field.name}:${hiveText(field.type)}`).join(',')}>`;
  }
};

/** Trino's name: `array(varchar)`. @param timestampPrecision 3 for Hive tables, 6 for Iceberg's. */
export const trinoText = (type: HiveType, timestampPrecision: 3 | 6): string => {
  const inner = (part: HiveType): string => trinoText(part, timestampPrecision);
  switch (type.kind) {
    case 'primitive':
      if (type.name === 'timestamp') return `timestamp(${timestampPrecision})`;
      if (type.name === 'timestamptz') return `timestamp(${timestampPrecision}) with time zone`;
      return NAMES[type.name].trino;
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`;
    case 'text':
      return `${type.name}(${type.length})`;
    case 'array':
      return `array(${inner(type.element)})`;
    case 'map':
      return `map(${inner(type.key)}, ${inner(type.value)})`;
    case 'struct':
      return `row(${type.fields.map((field) => `${quoteUnlessPlain(field.name)} ${inner(field.type)}`).join(', ')})`;
  }
};

export const duckText = (type: HiveType): string => {
  switch (type.kind) {
    case 'primitive':
      return NAMES[type.name].duck;
    case 'decimal':
      return `DECIMAL(${type.precision},${type.scale})`;
    case 'text':
      return 'VARCHAR';
    case 'array':
      return `${duckText(type.element)}[]`;
    case 'map':
      return `MAP(${duckText(type.key)}, ${duckText(type.value)})`;
    case 'struct':
      return `STRUCT(${type.fields.map((field) => `"${field.name.replaceAll('"', '""')}" ${duckText(field.type)}`).join(', ')})`;
  }
};

const quoteUnlessPlain = (name: string): string => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name}"`);
