import { AwsError } from '../core/errors.ts';

/** Reads members of a JSON request, refusing wrong types with the service's own error code. */
export class Input {
  private readonly values: Readonly<Record<string, unknown>>;
  private readonly code: string;
  private readonly detail: Record<string, unknown>;

  /** @param detail further members of the errors this throws */
  constructor(values: Readonly<Record<string, unknown>>, errorCode: string, detail: Record<string, unknown> = {}) {
    this.values = values;
    this.code = errorCode;
    this.detail = detail;
  }

  has(name: string): boolean {
    return this.values[name] !== undefined && this.values[name] !== null;
  }

  text(name: string): string {
    const value = this.optionalText(name);
    if (value === undefined || value === '') throw this.refuse(`Value null at '${lowerFirst(name)}' failed to satisfy constraint: Member must not be null`);
    return value;
  }

  optionalText(name: string): string | undefined {
    const value = this.values[name] ?? undefined;
    if (value !== undefined && typeof value !== 'string') throw this.refuse(`${name} must be a string`);
    return value;
  }

  optionalNumber(name: string): number | undefined {
    const value = this.values[name] ?? undefined;
    if (value !== undefined && typeof value !== 'number') throw this.refuse(`${name} must be a number`);
    return value;
  }

  flag(name: string): boolean {
    return this.values[name] === true;
  }

  texts(name: string): string[] {
    const value = this.values[name] ?? [];
    if (!Array.isArray(value) || value.some((item) => typeof item !== 'string')) throw this.refuse(`${name} must be a list of strings`);
    return value as string[];
  }

  /** A structure member; a missing one reads as an empty structure. */
  structure(name: string): Input {
    return new Input(this.raw(name) ?? {}, this.code, this.detail);
  }

  structures(name: string): Input[] {
    const value = this.values[name] ?? [];
    if (!Array.isArray(value) || value.some((item) => !isRecord(item))) throw this.refuse(`${name} must be a list of structures`);
    return (value as Record<string, unknown>[]).map((item) => new Input(item, this.code, this.detail));
  }

  raw(name: string): Record<string, unknown> | undefined {
    const value = this.values[name] ?? undefined;
    if (value !== undefined && !isRecord(value)) throw this.refuse(`${name} must be a structure`);
    return value;
  }

  all(): Readonly<Record<string, unknown>> {
    return this.values;
  }

  refuse(message: string): AwsError {
    return new AwsError(this.code, message, { detail: this.detail });
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

/** One page of a list; the token is the index of its first item. */
export const page = <T>(items: readonly T[], token: string | undefined, size: number, invalid: () => AwsError): { items: T[]; nextToken: string | undefined } => {
  const start = token === undefined ? 0 : Number(token === '' ? Number.NaN : token);
  if (!Number.isSafeInteger(start) || start < 0) throw invalid();
  const end = start + size;
  return { items: items.slice(start, end), nextToken: end < items.length ? String(end) : undefined };
};
