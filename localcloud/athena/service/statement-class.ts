import type { Statement } from '../statements/model.ts';
import type { StatementKind } from '../types.ts';

/** Queries answer CSV, DDL text, what writes rows nothing but its manifest. */
export const resultKind = (statement: Statement): 'csv' | 'txt' | 'none' => {
  if (statement.kind === 'dml') return statement.verb === 'SELECT' ? 'csv' : 'none';
  return ['createTableAs', 'unload', 'optimize', 'vacuum'].includes(statement.kind) ? 'none' : 'txt';
};

const DML: readonly Statement['kind'][] = ['dml', 'unload', 'optimize', 'vacuum'];
const UTILITY = /^(?:show|describe|explain$|prepare$|execute$|deallocate$)/;

/**
 * GetQueryExecution's StatementType, known from the start on
 * (https://docs.aws.amazon.com/athena/latest/APIReference/API_QueryExecution.html). CREATE TABLE AS is DDL, whatever that page says:
 * awswrangler tells it by that.
 */
export const statementType = (statement: Statement): StatementKind => {
  if (DML.includes(statement.kind)) return 'DML';
  return UTILITY.test(statement.kind) ? 'UTILITY' : 'DDL';
};
