import type { TrinoType } from '../types.ts';
import { parseSignature } from './signature.ts';
import type { Signature } from './signature.ts';

/** An argument as a rule sees it. */
export interface Argument {
  sql: string;
  type: TrinoType | undefined;
  /** The text of a string literal, where the argument is one. */
  text: string | undefined;
  /** The value of an integer literal, where the argument is one. */
  number: number | undefined;
  /** See Typed. */
  local: string | undefined;
}

/** An aggregate's or window function's call: `name(distinct args order nulls) filter over`. */
export interface AggregateCall {
  args: readonly Argument[];
  /** `DISTINCT ` or empty. */
  distinct: string;
  /** ` ORDER BY …` or empty. */
  order: string;
  /** ` IGNORE NULLS` or empty. */
  nulls: string;
  /** ` FILTER (…) OVER (…)` or what there is of it. */
  tail: string;
}

/** What a rule cannot print, though Trino can: a format that is no literal, a form of the call. */
export class RuleLimit extends Error {
  override readonly name = 'RuleLimit';
}

/** An argument Trino refuses: INVALID_FUNCTION_ARGUMENT. */
export class InvalidArgument extends Error {
  override readonly name = 'InvalidArgument';
}

export interface FunctionRule {
  kind: 'scalar' | 'aggregate' | 'window';
  signatures: readonly Signature[];
  /** The result's type, where a signature cannot tell. */
  returns?: (types: readonly (TrinoType | undefined)[]) => TrinoType | undefined;
  /** The same, where it depends on a literal. */
  returnsFor?: (args: readonly Argument[]) => TrinoType | undefined;
  /** The local time of a zoned timestamp whose zone the arguments bring along. */
  local?: (args: readonly string[]) => string;
  print: (call: AggregateCall, result: TrinoType | undefined) => string;
}

const listOf = (signatures: string | readonly string[]): Signature[] => (typeof signatures === 'string' ? [signatures] : signatures).map(parseSignature);

/** A function of one row. `duck`: DuckDB's function or macro of the same parameters, or what prints the call. */
export const scalarFunction = (signatures: string | readonly string[], duck: string | ((args: readonly string[], call: readonly Argument[], result: TrinoType | undefined) => string)): FunctionRule => ({
  kind: 'scalar',
  signatures: listOf(signatures),
  print: (call, result) => {
    const args = call.args.map((argument) => argument.sql);
    return typeof duck === 'string' ? `${duck}(${args.join(', ')})` : duck(args, call.args, result);
  },
});

/** `name(args)` with everything an aggregate may carry. */
export const printAggregate = (name: string, call: AggregateCall): string => `${name}(${call.distinct}${call.args.map((argument) => argument.sql).join(', ')}${call.order}${call.nulls})${call.tail}`;

export const aggregateFunction = (signatures: string | readonly string[], duck: string | ((call: AggregateCall, result: TrinoType | undefined) => string)): FunctionRule => ({
  kind: 'aggregate',
  signatures: listOf(signatures),
  print: (call, result) => (typeof duck === 'string' ? printAggregate(duck, call) : duck(call, result)),
});

export const windowFunction = (signatures: string | readonly string[], duck: string): FunctionRule => ({
  kind: 'window',
  signatures: listOf(signatures),
  print: (call) => printAggregate(duck, call),
});
