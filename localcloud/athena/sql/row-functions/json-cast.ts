import { RowFailure } from './define.ts';
import { trinoDouble } from './java-text.ts';
import { isNumber, isWhole, printJson, quoted } from './json-text.ts';
import type { Json } from './json-text.ts';
import { typeText } from '../types.ts';
import type { TrinoType } from '../types.ts';

/** Casts from JSON as Trino makes them (io.trino.util.JsonUtil), into JSON that DuckDB's from_json reads without a doubt. */

/** A part of the document does not fit its type; the whole cast says so. */
class Misfit extends Error {
  override readonly name = 'Misfit';
}

const INTEGRAL: Readonly<Record<string, { word: string; bits: number }>> = {
  tinyint: { word: 'TINYINT', bits: 8 },
  smallint: { word: 'SMALLINT', bits: 16 },
  integer: { word: 'INT', bits: 32 },
  bigint: { word: 'BIGINT', bits: 64 },
};

const misfit = (text: string, word: string): Misfit => new Misfit(`Cannot cast '${text}' to ${word}`);

const token = (value: Json): string => (Array.isArray(value) ? '[' : value instanceof Map ? '{' : isNumber(value) ? value.text : String(value));

/** A scalar's text, as a cast from varchar reads it. */
const scalarText = (value: Json, type: TrinoType): string => {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (value !== null && isNumber(value)) return value.text;
  throw new Misfit(`Unexpected token when cast to ${typeText(type)}: ${token(value)}`);
};

const roundHalfUp = (value: number): bigint => BigInt(value < 0 ? -Math.round(-value) : Math.round(value));

const asInteger = (value: Json, type: TrinoType): string => {
  const { word, bits } = INTEGRAL[type.kind] ?? { word: '', bits: 64 };
  const text = scalarText(value, type);
  if (typeof value === 'string' && !/^[+-]?\d+$/.test(text)) throw misfit(text, word);
  const number = Number(text);
  if (!/^[+-]?\d+$/.test(text) && (!Number.isFinite(number) || Math.abs(number) >= 2 ** 63)) throw new Misfit(`Unable to cast ${trinoDouble(number)} to ${type.kind}`);
  const whole = /^[+-]?\d+$/.test(text) ? BigInt(text.replace('+', '')) : roundHalfUp(number);
  if (BigInt.asIntN(bits, whole) !== whole) throw misfit(text, typeText(type));
  return String(whole);
};

const asDouble = (value: Json, type: TrinoType): string => {
  const text = scalarText(value, type).trim();
  if (/^[+-]?(Infinity)$|^NaN$/.test(text)) return quoted(text);
  if (text === '' || !/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) throw misfit(text, type.kind === 'real' ? 'REAL' : 'DOUBLE');
  return String(Number(text)).includes('Infinity') ? quoted(text.startsWith('-') ? '-Infinity' : 'Infinity') : String(Number(text));
};

/** Half away from zero, to the type's scale. */
const asDecimal = (value: Json, type: TrinoType & { kind: 'decimal' }): string => {
  const text = scalarText(value, type);
  const match = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d{1,3}))?$/.exec(text);
  if (!match || (match[2] === '' && match[3] === '')) throw misfit(text, typeText(type));
  const [, minus = '', whole = '', fraction = '', exponent = '0'] = match;
  const shift = type.scale - fraction.length + Number(exponent);
  const digits = BigInt(whole + fraction);
  const unit = 10n ** BigInt(Math.abs(Math.min(shift, 0)));
  const unscaled = shift >= 0 ? digits * 10n ** BigInt(shift) : (2n * digits + unit) / (2n * unit);
  if (unscaled >= 10n ** BigInt(type.precision)) throw misfit(text, `DECIMAL(${type.precision}, ${type.scale})`);
  const padded = String(unscaled).padStart(type.scale + 1, '0');
  const point = padded.length - type.scale;
  return quoted(`${minus === '-' ? '-' : ''}${padded.slice(0, point)}${type.scale === 0 ? '' : `.${padded.slice(point)}`}`);
};

const asText = (value: Json, type: TrinoType & { kind: 'varchar' }): string => {
  const text = typeof value === 'boolean' ? String(value) : value !== null && isNumber(value) && !isWhole(value) ? trinoDouble(Number(value.text)) : scalarText(value, type);
  if (type.length !== undefined && Array.from(text).length > type.length) throw new Misfit(`Value [${text}] does not fit in type ${typeText(type)}`);
  return quoted(text);
};

const asBoolean = (value: Json, type: TrinoType): string => {
  if (typeof value === 'string') {
    const word = value.toLowerCase();
    if (['t', 'true', '1'].includes(word)) return 'true';
    if (['f', 'false', '0'].includes(word)) return 'false';
    throw misfit(value, 'BOOLEAN');
  }
  return String(Number(scalarText(value, type)) !== 0);
};

/** Fields by name, whatever the case, or by place. */
const asRow = (value: Json, type: TrinoType & { kind: 'row' }): string => {
  if (!Array.isArray(value) && !(value instanceof Map)) throw new Misfit(`Expected a json array or object, but got ${token(value)}`);
  const names = type.fields.map((field, index) => (field.name ?? `field${index}`));
  const parts = new Map<string, Json>();
  if (Array.isArray(value)) {
    if (value.length < names.length) throw new Misfit(`Unexpected token when cast to ${typeText(type.fields[value.length]?.type ?? type)}: ]`);
    if (value.length > names.length) throw new Misfit(`Expected json array ending, but got ${token(value[names.length] ?? null)}`);
    names.forEach((name, index) => parts.set(name, value[index] ?? null));
  } else {
    for (const [key, item] of value) {
      const name = names.find((candidate) => candidate.toLowerCase() === key.toLowerCase());
      if (name === undefined) continue;
      if (parts.has(name)) throw new Misfit(`Duplicate field: ${name}`);
      parts.set(name, item);
    }
  }
  return `{${type.fields.map((field, index) => `${quoted(names[index] ?? '')}:${fitted(parts.get(names[index] ?? '') ?? null, field.type)}`).join(',')}}`;
};

const asMap = (value: Json, type: TrinoType & { kind: 'map' }): string => {
  if (!(value instanceof Map)) throw new Misfit(`Expected a json object, but got ${token(value)}`);
  const members = [...value].map(([key, item]) => {
    const fittedKey = fitted(key, type.key);
    return `${fittedKey.startsWith('"') ? fittedKey : quoted(fittedKey)}:${fitted(item, type.value)}`;
  });
  return `{${members.join(',')}}`;
};

const fitted = (value: Json, type: TrinoType): string => {
  if (type.kind === 'json') return printJson(value, true);
  if (value === null) return 'null';
  switch (type.kind) {
    case 'array':
      if (!Array.isArray(value)) throw new Misfit(`Expected a json array, but got ${token(value)}`);
      return `[${value.map((item) => fitted(item, type.element)).join(',')}]`;
    case 'map':
      return asMap(value, type);
    case 'row':
      return asRow(value, type);
    case 'varchar':
      return asText(value, type);
    case 'decimal':
      return asDecimal(value, type);
    case 'boolean':
      return asBoolean(value, type);
    case 'double':
    case 'real':
      return asDouble(value, type);
    default:
      return asInteger(value, type);
  }
};

/** A document that has the form of a type. Throws RowFailure INVALID_CAST_ARGUMENT. */
export const fitJson = (value: Json, type: TrinoType): string => {
  try {
    return fitted(value, type);
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    const nested = type.kind === 'array' || type.kind === 'map' || type.kind === 'row';
    if (nested) throw new RowFailure('INVALID_CAST_ARGUMENT', `Cannot cast to ${typeText(type)}. ${error.message}\n${printJson(value, true)}`);
    throw new RowFailure('INVALID_CAST_ARGUMENT', Array.isArray(value) || value instanceof Map ? `Cannot cast '${printJson(value, true)}' to ${typeText(type)}` : error.message);
  }
};
