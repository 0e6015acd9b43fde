/** Numbers as Java prints them. */

const withPoint = (digits: string): string => (digits.length > 1 ? `${digits.slice(0, 1)}.${digits.slice(1)}` : `${digits}.0`);

/** The shortest digits that read back as the number, and the power of ten of the first. */
const digitsOf = (value: number): { digits: string; exponent: number } => {
  const [mantissa = '', exponent = ''] = value.toExponential().split('e');
  return { digits: mantissa.replace('.', ''), exponent: Number(exponent) };
};

const special = (value: number): string | undefined => {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  return undefined;
};

const sign = (value: number): string => (value < 0 || Object.is(value, -0) ? '-' : '');

/** https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/lang/Double.html#toString(double): `1.5`, `100.0`, `1.0E7`, `1.0E-4`. */
export const javaDouble = (value: number): string => {
  const named = special(value);
  if (named !== undefined) return named;
  const size = Math.abs(value);
  if (size === 0) return `${sign(value)}0.0`;
  const { digits, exponent } = digitsOf(size);
  if (size >= 1e7 || size < 1e-3) return `${sign(value)}${withPoint(digits)}E${exponent}`;
  if (exponent < 0) return `${sign(value)}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const padded = digits.padEnd(exponent + 1, '0');
  return `${sign(value)}${padded.slice(0, exponent + 1)}.${padded.slice(exponent + 1) || '0'}`;
};

/** A double as Trino casts it to varchar: `1.5E0`, `0E0`. */
export const trinoDouble = (value: number): string => {
  const named = special(value);
  if (named !== undefined) return named;
  if (value === 0) return `${sign(value)}0E0`;
  const { digits, exponent } = digitsOf(Math.abs(value));
  return `${sign(value)}${withPoint(digits)}E${exponent}`;
};
