import type { RowField, ScalarKind, TrinoType } from './types.ts';

const SCALARS: Record<string, ScalarKind> = {
  boolean: 'boolean',
  tinyint: 'tinyint',
  smallint: 'smallint',
  integer: 'integer',
  int: 'integer',
  bigint: 'bigint',
  real: 'real',
  float: 'real',
  double: 'double',
  varbinary: 'varbinary',
  binary: 'varbinary',
  date: 'date',
  time: 'time',
  json: 'json',
  uuid: 'uuid',
  unknown: 'unknown',
};

/** Reads `array(varchar)` and Hive's `array<string>` alike: brackets are read as parentheses, a field's colon as a space. */
class TypeReader {
  private readonly tokens: string[];
  private at = 0;

  constructor(text: string) {
    this.tokens = text.toLowerCase().replaceAll('<', '(').replaceAll('>', ')').match(/"[^"]*"|[a-z_$0-9]+|[(),:]/g) ?? [];
  }

  /** undefined where the text names a type this engine has not. */
  read(): TrinoType | undefined {
    const name = this.tokens[this.at++] ?? '';
    const kind = SCALARS[name];
    if (kind) return { kind };
    switch (name) {
      case 'varchar':
      case 'char':
      case 'string':
        this.numbers();
        return { kind: 'varchar' };
      case 'decimal': {
        const [precision = 38, scale = 0] = this.numbers();
        return { kind: 'decimal', precision, scale };
      }
      case 'timestamp':
        return this.timestamp();
      case 'array':
      case 'map':
        return this.nested(name);
      case 'interval': {
        const unit = this.tokens[this.at] === 'day' ? 'interval day to second' : 'interval year to month';
        this.at += 3;
        return { kind: unit };
      }
      case 'row':
      case 'struct':
        return this.row();
      default:
        return undefined;
    }
  }

  private take(token: string): boolean {
    if (this.tokens[this.at] !== token) return false;
    this.at += 1;
    return true;
  }

  private numbers(): number[] {
    const found: number[] = [];
    if (!this.take('(')) return found;
    while (this.at < this.tokens.length && !this.take(')')) {
      const token = this.tokens[this.at++] ?? '';
      if (token !== ',') found.push(Number(token));
    }
    return found;
  }

  private timestamp(): TrinoType {
    const [precision = 3] = this.numbers();
    const zone = this.take('with') && this.take('time') && this.take('zone');
    return { kind: 'timestamp', precision, zone };
  }

  private nested(kind: 'array' | 'map'): TrinoType | undefined {
    if (!this.take('(')) return undefined;
    const first = this.read();
    const second = kind === 'map' && this.take(',') ? this.read() : undefined;
    if (!first || !this.take(')')) return undefined;
    if (kind === 'array') return { kind, element: first };
    return second && { kind, key: first, value: second };
  }

  private row(): TrinoType | undefined {
    const fields: RowField[] = [];
    if (!this.take('(')) return undefined;
    do {
      // A word before a comma or bracket is the type of a field without a name.
      const unnamed = /^[,()]?$/.test(this.tokens[this.at + 1] ?? '');
      const name = unnamed ? undefined : (this.tokens[this.at++] ?? '').replaceAll('"', '');
      this.take(':');
      const type = this.read();
      if (!type) return undefined;
      fields.push({ name, type });
    } while (this.take(','));
    return this.take(')') ? { kind: 'row', fields } : undefined;
  }
}

/** A type from a catalog's text, in Trino's or Hive's spelling; undefined where this engine does not know it. */
export const parseTypeText = (text: string): TrinoType | undefined => new TypeReader(text).read();
