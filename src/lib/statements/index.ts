export { ParameterError, printParameter } from './parameter.ts';
export type { Cell, Parameter, Parameters } from './parameter.ts';
export { MAX_STATEMENT_BYTES, renderStatement, StatementError } from './render.ts';
export { openStatementLibrary } from './library.ts';
export type { StatementLibrary } from './library.ts';
