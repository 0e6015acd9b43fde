import type { DuckDBType } from '@duckdb/node-api';
import { DuckDBTypeId } from '@duckdb/node-api';

/** A type as Trino names it: `varchar`, `decimal(10,2)`, `timestamp(6) with time zone`, `array(row(a integer))`. */
export interface TrinoType {
  /** Without arguments: `varchar`, `decimal`, `timestamp`, `timestamp with time zone`, `array`, `map`, `row`, `unknown`. */
  base: string;
  /** Precision and scale, or length; empty where not given. */
  numbers: readonly number[];
  /** Element of an array, key and value of a map, fields of a row. */
  parts: readonly { name: string | undefined; type: TrinoType }[];
}

const plain = (base: string, ...numbers: number[]): TrinoType => ({ base, numbers, parts: [] });

/** Reads Trino's text of a type; undefined where it is none. */
export const parseTrinoType = (text: string): TrinoType | undefined => {
  const words = text.match(/"(?:[^"]|"")*"|[\w$]+|[(),]/g) ?? [];
  const reader = new TrinoTypeReader(words);
  const type = reader.read();
  return reader.ended ? type : undefined;
};

class TrinoTypeReader {
  private readonly words: readonly string[];
  private at = 0;

  constructor(words: readonly string[]) {
    this.words = words;
  }

  get ended(): boolean {
    return this.at === this.words.length;
  }

  read(): TrinoType | undefined {
    const base = this.words[this.at]?.toLowerCase();
    if (base === undefined || !/^\w/.test(base)) return undefined;
    this.at += 1;
    if (base === 'double' && this.take('precision')) return plain('double');
    if (base === 'interval') return this.readInterval();
    const { numbers, parts } = this.readArguments(base);
    const zoned = (base === 'timestamp' || base === 'time') && this.take('with') && this.take('time') && this.take('zone');
    if (this.take('without')) this.at += 2;
    return { base: zoned ? `${base} with time zone` : base, numbers, parts };
  }

  /** `interval day to second`, `interval year to month`. */
  private readInterval(): TrinoType | undefined {
    const [from, to] = this.take('day') ? ['day', 'second'] : this.take('year') ? ['year', 'month'] : [];
    return from !== undefined && to !== undefined && this.take('to') && this.take(to) ? plain(`interval ${from} to ${to}`) : undefined;
  }

  private readArguments(base: string): Pick<TrinoType, 'numbers' | 'parts'> {
    const numbers: number[] = [];
    const parts: { name: string | undefined; type: TrinoType }[] = [];
    if (!this.take('(')) return { numbers, parts };
    do {
      const word = this.words[this.at] ?? '';
      if (/^\d+$/.test(word)) {
        numbers.push(Number(word));
        this.at += 1;
        continue;
      }
      const next = this.words[this.at + 1] ?? ')';
      const named = base === 'row' && !/^[(),]$/.test(next) && !(word === 'interval' && (next === 'day' || next === 'year'));
      if (named) this.at += 1;
      const type = this.read();
      if (type) parts.push({ name: named ? word.replace(/^"|"$/g, '').replaceAll('""', '"') : undefined, type });
    } while (this.take(','));
    this.take(')');
    return { numbers, parts };
  }

  private take(word: string): boolean {
    if (this.words[this.at]?.toLowerCase() !== word) return false;
    this.at += 1;
    return true;
  }
}

const DUCK_NAMES: Readonly<Partial<Record<DuckDBTypeId, string>>> = {
  [DuckDBTypeId.BOOLEAN]: 'boolean',
  [DuckDBTypeId.TINYINT]: 'tinyint',
  [DuckDBTypeId.SMALLINT]: 'smallint',
  [DuckDBTypeId.INTEGER]: 'integer',
  [DuckDBTypeId.UTINYINT]: 'smallint',
  [DuckDBTypeId.USMALLINT]: 'integer',
  [DuckDBTypeId.UINTEGER]: 'bigint',
  [DuckDBTypeId.BIGINT]: 'bigint',
  [DuckDBTypeId.UBIGINT]: 'bigint',
  // Sums of integers are 128 bits wide in DuckDB; Trino's are bigint.
  [DuckDBTypeId.HUGEINT]: 'bigint',
  [DuckDBTypeId.UHUGEINT]: 'bigint',
  [DuckDBTypeId.FLOAT]: 'real',
  [DuckDBTypeId.DOUBLE]: 'double',
  [DuckDBTypeId.VARCHAR]: 'varchar',
  [DuckDBTypeId.BLOB]: 'varbinary',
  [DuckDBTypeId.DATE]: 'date',
  [DuckDBTypeId.UUID]: 'uuid',
  [DuckDBTypeId.INTERVAL]: 'interval day to second',
  [DuckDBTypeId.SQLNULL]: 'unknown',
};

/** What a DuckDB type is called in Trino. Zone-less timestamps are taken at microseconds. */
export const trinoTypeOfDuck = (type: DuckDBType): TrinoType => {
  switch (type.typeId) {
    case DuckDBTypeId.DECIMAL:
      return plain('decimal', type.width, type.scale);
    case DuckDBTypeId.TIMESTAMP:
    case DuckDBTypeId.TIMESTAMP_NS:
      return plain('timestamp', 6);
    case DuckDBTypeId.TIMESTAMP_MS:
    case DuckDBTypeId.TIMESTAMP_S:
      return plain('timestamp', 3);
    case DuckDBTypeId.TIMESTAMP_TZ:
      return plain('timestamp with time zone', 3);
    case DuckDBTypeId.TIME:
      return plain('time', 6);
    case DuckDBTypeId.LIST:
    case DuckDBTypeId.ARRAY:
      return { base: 'array', numbers: [], parts: [{ name: undefined, type: trinoTypeOfDuck(type.valueType) }] };
    case DuckDBTypeId.MAP:
      return { base: 'map', numbers: [], parts: [type.keyType, type.valueType].map((part) => ({ name: undefined, type: trinoTypeOfDuck(part) })) };
    case DuckDBTypeId.STRUCT:
      return { base: 'row', numbers: [], parts: type.entryTypes.map((part, index) => ({ name: type.entryNames[index], type: trinoTypeOfDuck(part) })) };
    default:
      return plain(DUCK_NAMES[type.typeId] ?? (type.alias === 'JSON' ? 'json' : 'varchar'));
  }
};

export const trinoTypeText = (type: TrinoType): string => {
  const numbers = type.numbers.length > 0 ? `(${type.numbers.join(',')})` : '';
  if (type.parts.length > 0) return `${type.base}(${type.parts.map((part) => (part.name === undefined ? '' : `${part.name} `) + trinoTypeText(part.type)).join(', ')})`;
  return type.base.endsWith(' with time zone') ? type.base.replace(' ', `${numbers} `) : `${type.base}${numbers}`;
};

const INTEGERS = ['tinyint', 'smallint', 'integer', 'bigint'];
const INTEGER_DIGITS: Readonly<Record<string, number>> = { tinyint: 3, smallint: 5, integer: 10, bigint: 19 };

/**
 * Whether Trino writes a value of one type into a column of another without being told to
 * (TypeCoercion.canCoerce; https://trino.io/docs/current/language/types.html): integers widen, decimals where no digit is
 * lost, numbers to double, dates to timestamps; never text to anything.
 */
export const coerces = (from: TrinoType, to: TrinoType): boolean => {
  if (from.base === 'unknown') return true;
  if (from.parts.length > 0 || to.parts.length > 0) {
    return from.base === to.base && from.parts.length === to.parts.length && from.parts.every((part, index) => coerces(part.type, to.parts[index]?.type ?? part.type));
  }
  if (from.base === to.base && from.base.startsWith('timestamp')) return (from.numbers[0] ?? 3) <= (to.numbers[0] ?? 3);
  if (from.base === to.base) return from.base === 'decimal' ? decimalFits(from.numbers, to.numbers) : true;
  if (INTEGERS.includes(from.base)) {
    if (INTEGERS.includes(to.base)) return INTEGERS.indexOf(from.base) < INTEGERS.indexOf(to.base);
    if (to.base === 'decimal') return decimalFits([INTEGER_DIGITS[from.base] ?? 19, 0], to.numbers);
  }
  if (to.base === 'double') return INTEGERS.includes(from.base) || from.base === 'real' || from.base === 'decimal';
  if (to.base === 'real') return INTEGERS.includes(from.base) || from.base === 'decimal';
  if (from.base === 'date') return to.base.startsWith('timestamp');
  if (from.base === 'timestamp') return to.base === 'timestamp with time zone';
  return (from.base === 'char' && to.base === 'varchar') || (from.base === 'varchar' && to.base === 'char');
};

const decimalFits = (from: readonly number[], to: readonly number[]): boolean => {
  const [fromPrecision = 38, fromScale = 0] = from;
  const [toPrecision = 38, toScale = 0] = to;
  return fromScale <= toScale && fromPrecision - fromScale <= toPrecision - toScale;
};
