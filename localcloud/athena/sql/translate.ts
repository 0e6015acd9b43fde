import { Translation } from './context.ts';
import { SqlError } from './errors.ts';
import type { TranslatedStatement, TranslateOptions } from './model.ts';
import { parse } from './parse.ts';
import { printStatement } from './statements.ts';

/**
 * A query, INSERT, UPDATE, DELETE or MERGE in Athena's SQL as DuckDB's SQL with placeholders for its tables. What Athena refuses
 * by the statement's text (and, with `columnsOf`, by its tables' columns) is refused here; so is what this engine cannot do.
 * Throws SqlError.
 */
export const translate = (sql: string, options: TranslateOptions = {}): TranslatedStatement => {
  try {
    return translateWhole(sql, options);
  } catch (error) {
    // An expression nested thousands deep ends the stack in Trino, too.
    if (error instanceof RangeError) throw new SqlError('STATEMENT_TOO_LARGE', 'statement is too large (stack overflow during analysis)', { cause: error });
    throw error;
  }
};

const translateWhole = (sql: string, options: TranslateOptions): TranslatedStatement => {
  const { tree, parameterOffsets } = parse(sql);
  const translation = new Translation(sql, parameterOffsets, options);
  const statement = printStatement(tree, { translation, scope: { relations: [], parent: undefined }, ctes: new Map(), inJoin: false });
  if (translation.parametersLeft > 0) throw new SqlError('INVALID_PARAMETER_USAGE', `Incorrect number of parameters: ${translation.parametersLeft} more than ? in the statement`, { line: 1, column: 1 });
  return statement;
};
