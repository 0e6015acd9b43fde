import { decimal, duckType } from '../types.ts';
import type { TrinoType } from '../types.ts';
import { InvalidArgument, RuleLimit, scalarFunction } from './rule.ts';
import type { Argument, FunctionRule } from './rule.ts';

const at = (args: readonly string[], index: number): string => args[index] ?? '';

const ofDouble = (name: string, duck = name): FunctionRule => scalarFunction(`${name}(double) -> double`, duck);

/** NaN where DuckDB's fail. */
const withinOne = (name: string): FunctionRule => scalarFunction(`${name}(double) -> double`, ([x = '']) => `CASE WHEN abs(${x}) > 1 THEN t_nan() ELSE ${name}(${x}) END`);

/** NaN and -Infinity, where DuckDB's fail. */
const logarithm = (name: string): FunctionRule =>
  scalarFunction(`${name}(double) -> double`, ([x = '']) => `CASE WHEN ${x} < 0 THEN t_nan() WHEN ${x} = 0 THEN CAST('-Infinity' AS DOUBLE) ELSE ${name}(${x}) END`);

const BITS: Readonly<Record<string, number>> = { tinyint: 8, smallint: 16, integer: 32, bigint: 64 };

/** Shifts in the first argument's own width, two's complement: what falls out at the left is lost. */
const shift = (print: (value: string, unsigned: string, by: string, bits: number) => string) => (args: readonly string[], call: readonly Argument[], result: TrinoType | undefined): string => {
  const bits = BITS[call[0]?.type?.kind ?? ''];
  if (bits === undefined || !result) throw new RuleLimit('types that are not known beforehand');
  const value = `CAST(${at(args, 0)} AS HUGEINT)`;
  const modulus = `(${2n ** BigInt(bits)}::HUGEINT)`;
  const unsigned = `((${value} + ${modulus}) % ${modulus})`;
  const shifted = print(value, unsigned, `CAST(${at(args, 1)} AS INTEGER)`, bits);
  return `CAST((CASE WHEN (${shifted}) >= ${modulus} // 2 THEN (${shifted}) - ${modulus} ELSE (${shifted}) END) AS ${duckType(result)})`;
};

const shiftFunction = (name: string, print: Parameters<typeof shift>[0]): FunctionRule => scalarFunction(`${name}(integral, bigint) -> bigint`, shift(print));

/** round(decimal(p,s)) has no digits left and one more place before the point; round(x, d) keeps its type. */
const roundedType = (types: readonly (TrinoType | undefined)[]): TrinoType | undefined => {
  const [type] = types;
  if (type?.kind !== 'decimal') return type;
  return types.length === 1 ? decimal(Math.min(38, type.precision - type.scale + 1), 0) : decimal(Math.min(38, type.precision + 1), type.scale);
};

const round = (args: readonly string[], call: readonly Argument[], result: TrinoType | undefined): string => {
  const type = call[0]?.type;
  if (!type) return args.length === 1 ? `t_round(${at(args, 0)})` : `round(${args.join(', ')})`;
  const digits = args[1] === undefined ? '0' : `CAST(${args[1]} AS INTEGER)`;
  if (result?.kind === 'decimal' || type.kind === 'double' || type.kind === 'real') return `CAST(round(${at(args, 0)}, ${digits}) AS ${duckType(result ?? type)})`;
  return args.length === 1 ? at(args, 0) : `CAST(round(${at(args, 0)}, ${digits}) AS ${duckType(type)})`;
};

/** floor and ceil keep integers, take a decimal's digits, and leave double a double. */
const wholeType = ([type]: readonly (TrinoType | undefined)[]): TrinoType | undefined => (type?.kind === 'decimal' ? decimal(Math.min(38, type.precision - type.scale + Math.min(type.scale, 1)), 0) : type);

const whole = (name: string, duck: string): FunctionRule => ({
  ...scalarFunction(`${name}(N) -> N`, (args, _call, result) => (result ? `CAST(${duck}(${at(args, 0)}) AS ${duckType(result)})` : `${duck}(${at(args, 0)})`)),
  returns: wholeType,
});

const truncated = (args: readonly string[], _call: readonly Argument[], result: TrinoType | undefined): string => {
  const sql = args.length === 1 ? `trunc(${at(args, 0)})` : `(trunc(${at(args, 0)} * power(10, ${at(args, 1)})) / power(10, ${at(args, 1)}))`;
  return result ? `CAST(${sql} AS ${duckType(result)})` : sql;
};

const bitwise = (name: string, operator: string): FunctionRule => scalarFunction(`${name}(bigint, bigint) -> bigint`, (args) => `(CAST(${at(args, 0)} AS BIGINT) ${operator} CAST(${at(args, 1)} AS BIGINT))`);

const modulo: FunctionRule = scalarFunction('mod(N, N) -> N', (args, call, result) => {
  if (call[0]?.type?.kind === 'double' || call[1]?.type?.kind === 'double') return `(CAST(${at(args, 0)} AS DOUBLE) % CAST(${at(args, 1)} AS DOUBLE))`;
  const sql = `t_mod(${at(args, 0)}, ${at(args, 1)})`;
  return result ? `CAST(${sql} AS ${duckType(result)})` : sql;
});

/** https://trino.io/docs/current/functions/math.html, bitwise.html */
export const NUMBER_FUNCTIONS: Record<string, FunctionRule> = {
  abs: scalarFunction('abs(N) -> N', 'abs'),
  ceil: whole('ceil', 'ceil'),
  ceiling: whole('ceiling', 'ceil'),
  floor: whole('floor', 'floor'),
  round: { ...scalarFunction(['round(N) -> N', 'round(N, bigint) -> N'], round), returns: roundedType },
  truncate: { ...scalarFunction(['truncate(N) -> N', 'truncate(N, bigint) -> N'], truncated), returns: (types) => (types.length === 1 ? wholeType(types) : types[0]) },
  sign: { ...scalarFunction('sign(N) -> N', (args, _call, result) => (result?.kind === 'double' || result?.kind === 'real' ? `CASE WHEN isnan(${at(args, 0)}) THEN ${at(args, 0)} ELSE CAST(sign(${at(args, 0)}) AS ${duckType(result)}) END` : result ? `CAST(sign(${at(args, 0)}) AS ${duckType(result)})` : `sign(${at(args, 0)})`)), returns: ([type]) => (type?.kind === 'decimal' ? decimal(1, 0) : type) },
  mod: modulo,
  power: scalarFunction('power(double, double) -> double', 'power'),
  pow: scalarFunction('pow(double, double) -> double', 'power'),
  sqrt: scalarFunction('sqrt(double) -> double', (args) => `CASE WHEN ${at(args, 0)} < 0 THEN CAST('NaN' AS DOUBLE) ELSE sqrt(${at(args, 0)}) END`),
  cbrt: ofDouble('cbrt', 't_cbrt'),
  exp: ofDouble('exp'),
  ln: logarithm('ln'),
  log2: logarithm('log2'),
  log10: logarithm('log10'),
  e: scalarFunction('e() -> double', () => 'exp(1::DOUBLE)'),
  log: scalarFunction('log(double, double) -> double', (args) => `(t_ln(CAST(${at(args, 1)} AS DOUBLE)) / t_ln(CAST(${at(args, 0)} AS DOUBLE)))`),
  sin: ofDouble('sin'),
  cos: ofDouble('cos'),
  tan: ofDouble('tan'),
  asin: withinOne('asin'),
  acos: withinOne('acos'),
  cosh: ofDouble('cosh'),
  tanh: ofDouble('tanh'),
  atan: ofDouble('atan'),
  atan2: scalarFunction('atan2(double, double) -> double', 'atan2'),
  degrees: ofDouble('degrees'),
  radians: ofDouble('radians'),
  pi: scalarFunction('pi() -> double', 'pi'),
  nan: scalarFunction('nan() -> double', () => `CAST('NaN' AS DOUBLE)`),
  infinity: scalarFunction('infinity() -> double', () => `CAST('Infinity' AS DOUBLE)`),
  is_nan: scalarFunction('is_nan(double) -> boolean', 'isnan'),
  is_finite: scalarFunction('is_finite(double) -> boolean', 'isfinite'),
  is_infinite: scalarFunction('is_infinite(double) -> boolean', 'isinf'),
  rand: scalarFunction('rand() -> double', 'random'),
  random: scalarFunction(['random() -> double', 'random(bigint) -> bigint', 'random(bigint, bigint) -> bigint'], (args, call) => {
    if (args.length === 0) return 'random()';
    const low = args.length === 2 ? at(args, 0) : '0';
    if (call.at(-1)?.number === 0 && args.length === 1) throw new InvalidArgument('bound must be positive');
    return `CAST(floor(${low} + random() * (${at(args, args.length - 1)} - ${low})) AS BIGINT)`;
  }),
  to_base: scalarFunction('to_base(bigint, bigint) -> varchar', (args) => `t_js_to_base(CAST(${at(args, 0)} AS BIGINT), CAST(${at(args, 1)} AS BIGINT))`),
  from_base: scalarFunction('from_base(varchar, bigint) -> bigint', (args) => `t_js_from_base(${at(args, 0)}, CAST(${at(args, 1)} AS BIGINT))`),
  width_bucket: scalarFunction(['width_bucket(double, double, double, bigint) -> bigint', 'width_bucket(double, array(double)) -> bigint'], (args) =>
    args.length === 2 ? `t_bins_below(${args.join(', ')})` : `t_width_bucket(${args.slice(0, 3).map((argument) => `CAST(${argument} AS DOUBLE)`).join(', ')}, CAST(${at(args, 3)} AS BIGINT))`),
  bit_count: scalarFunction('bit_count(bigint, bigint) -> bigint', (args) => `t_bit_count(CAST(${at(args, 0)} AS BIGINT), CAST(${at(args, 1)} AS INTEGER))`),
  bitwise_left_shift: { ...shiftFunction('bitwise_left_shift', (_value, unsigned, by, bits) => `CASE WHEN ${by} >= ${bits} THEN 0::HUGEINT ELSE ((${unsigned} % (2::HUGEINT ** (${bits} - ${by}))::HUGEINT) * (2::HUGEINT ** ${by})::HUGEINT) END`), returns: ([type]) => type },
  bitwise_right_shift: { ...shiftFunction('bitwise_right_shift', (_value, unsigned, by, bits) => `CASE WHEN ${by} >= ${bits} THEN 0::HUGEINT ELSE ${unsigned} // (2::HUGEINT ** ${by})::HUGEINT END`), returns: ([type]) => type },
  bitwise_right_shift_arithmetic: { ...shiftFunction('bitwise_right_shift_arithmetic', (value, _unsigned, by, bits) => `CASE WHEN ${by} >= ${bits} THEN CASE WHEN ${value} < 0 THEN -1::HUGEINT ELSE 0::HUGEINT END ELSE ${value} >> ${by} END`), returns: ([type]) => type },
  bitwise_and: bitwise('bitwise_and', '&'),
  bitwise_or: bitwise('bitwise_or', '|'),
  bitwise_xor: scalarFunction('bitwise_xor(bigint, bigint) -> bigint', (args) => `xor(CAST(${at(args, 0)} AS BIGINT), CAST(${at(args, 1)} AS BIGINT))`),
  bitwise_not: scalarFunction('bitwise_not(bigint) -> bigint', (args) => `(~CAST(${at(args, 0)} AS BIGINT))`),
};
