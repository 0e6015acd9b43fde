import { isTimestamp } from './choice.ts';
import { EvaluationFailure } from './failure.ts';
import { evaluateExpression } from './intrinsics.ts';
import { readPath } from './json-path.ts';
import type { PathScope } from './json-path.ts';

const failed = (text: string): EvaluationFailure => new EvaluationFailure('States.Runtime', text);

/** A whole number of 0 or more that a field such as SecondsPath points at. Throws States.Runtime. */
export const countAt = (field: string, path: string, scope: PathScope): number => {
  const value = readPath(path, scope, field);
  const about = `${path} == ${JSON.stringify(value)}`;
  if (!Number.isInteger(value)) throw failed(`The ${field} parameter cannot be parsed as a long value: ${about}`);
  if ((value as number) < 0) throw failed(`The ${field} parameter references a negative value: ${about}`);
  return value as number;
};

/** Such a number where the field is there, else the one that is written. */
export const countOf = (field: string, path: string | undefined, written: number | undefined, scope: PathScope): number | undefined => (path === undefined ? written : countAt(field, path, scope));

/** A moment, in epoch milliseconds, that TimestampPath points at. Throws States.Runtime. */
export const momentAt = (path: string, scope: PathScope): number => {
  const value = readPath(path, scope, 'TimestampPath');
  if (!isTimestamp(value)) throw failed(`The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: ${path} == ${JSON.stringify(value)}`);
  return Date.parse(value);
};

/** The text that ErrorPath or CausePath gives: of a path, or of an intrinsic function. Throws States.Runtime. */
export const textAt = (field: 'ErrorPath' | 'CausePath', expression: string, scope: PathScope): string => {
  const value = evaluateExpression(expression, scope, field);
  if (typeof value !== 'string') throw failed(`The ${field} parameter does not reference a string value: ${expression} == ${JSON.stringify(value)}`);
  return value;
};
