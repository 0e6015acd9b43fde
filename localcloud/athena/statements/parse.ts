import { AthenaFailure } from '../failure.ts';
import { readAlterDatabase, readAlterTable } from './alter.ts';
import { readCreateDatabase, readCreateTable, readCreateTableAs, readCreateView } from './create.ts';
import { Cursor } from './cursor.ts';
import type { ExplainFormat, ExplainType, Statement } from './model.ts';
import { readShow } from './show.ts';
import type { Token } from './tokens.ts';
import { StatementSyntaxError, tokenize } from './tokens.ts';

/** Statements whose parser takes no comment in front of them. */
const NO_LEADING_COMMENT = new Set(['ALTER', 'DROP', 'OPTIMIZE', 'VACUUM', 'MSCK']);

const DML = { SELECT: 'SELECT', WITH: 'SELECT', VALUES: 'SELECT', TABLE: 'SELECT', '(': 'SELECT', INSERT: 'INSERT', MERGE: 'MERGE', UPDATE: 'UPDATE', DELETE: 'DELETE' } as const;

/** Statements of Trino's and Hive's grammar that Athena has not (https://docs.aws.amazon.com/athena/latest/ug/unsupported-ddl.html). */
const NOT_ATHENAS = new Set(
  'ANALYZE CALL COMMENT COMMIT DENY DFS EXPORT GRANT IMPORT KILL LOCK REFRESH RELOAD RESET REVOKE ROLLBACK SET START TRUNCATE UNLOCK USE'.split(' '),
);

/** Athena's answer to such a statement. */
export class UnsupportedQueryType extends AthenaFailure {
  constructor() {
    super('MALFORMED_QUERY', 'Queries of this type are not supported');
  }
}

type Reader = (sql: string, tokens: readonly Token[]) => Statement;

const ddl =
  (read: (cursor: Cursor) => Statement, ...keywords: string[]): Reader =>
  (sql, tokens) => {
    const cursor = new Cursor(sql, 'ddl', tokens);
    cursor.expect(...keywords);
    return read(cursor);
  };

const dml =
  (read: (cursor: Cursor) => Statement, ...keywords: string[]): Reader =>
  (sql, tokens) => {
    const cursor = new Cursor(sql, 'dml', tokens);
    cursor.expect(...keywords);
    return read(cursor);
  };

/** By first word. */
const READERS: Readonly<Record<string, Reader>> = {
  CREATE: (sql, tokens) => readCreate(sql, tokens),
  DROP: ddl((cursor) => readDrop(cursor), 'DROP'),
  ALTER: ddl((cursor) => readAlter(cursor), 'ALTER'),
  OPTIMIZE: ddl((cursor) => readOptimize(cursor), 'OPTIMIZE'),
  VACUUM: ddl((cursor) => ended(cursor, { kind: 'vacuum', name: cursor.name() }), 'VACUUM'),
  UNLOAD: dml((cursor) => readUnload(cursor), 'UNLOAD'),
  PREPARE: dml((cursor) => readPrepare(cursor), 'PREPARE'),
  EXECUTE: dml((cursor) => readExecute(cursor), 'EXECUTE'),
  DEALLOCATE: dml((cursor) => readDeallocate(cursor), 'DEALLOCATE'),
  EXPLAIN: dml((cursor) => readExplain(cursor), 'EXPLAIN'),
  SHOW: ddl((cursor) => readShow(cursor), 'SHOW'),
  DESCRIBE: ddl((cursor) => readDescribe(cursor), 'DESCRIBE'),
  DESC: ddl((cursor) => readDescribe(cursor), 'DESC'),
  MSCK: ddl((cursor) => ended(cursor, { kind: 'repairTable', name: cursor.name() }), 'MSCK', 'REPAIR', 'TABLE'),
};

/**
 * What a statement is; DML is only told apart here, part `sql` reads it.
 * @throws StatementSyntaxError for what Athena rejects before it becomes a query: two statements, unknown words, wrong quotes.
 */
export const parseStatement = (sql: string): Statement => {
  const tokens = tokenize(sql);
  const first = tokens[0];
  if (!first || first.kind === 'end') throw new StatementSyntaxError(sql, sql.length, "mismatched input '<EOF>'. Expecting: <statement>");
  refuseSeveral(sql, tokens);
  const word = first.text.toUpperCase();
  if (first.start > sql.search(/\S/) && NO_LEADING_COMMENT.has(word)) {
    throw new StatementSyntaxError(sql, 0, `mismatched input '${sql.trimStart().slice(0, 2)}'. Expecting: 'ALTER', 'DROP', 'OPTIMIZE', 'VACUUM', 'MSCK' (no comment may stand before ${word})`);
  }
  const verb = Object.hasOwn(DML, word) ? DML[word as keyof typeof DML] : undefined;
  if (verb) return { kind: 'dml', sql: withoutSemicolon(sql, tokens), verb };
  const reader = Object.hasOwn(READERS, word) ? READERS[word] : undefined;
  if (NOT_ATHENAS.has(word)) throw new UnsupportedQueryType();
  if (!reader) throw new StatementSyntaxError(sql, first.start, `mismatched input '${first.text}'. Expecting: 'ALTER', 'CREATE', 'DELETE', 'DESCRIBE', 'DROP', 'EXECUTE', 'EXPLAIN', 'INSERT', 'MERGE', 'PREPARE', 'SHOW', 'UNLOAD', 'UPDATE', <query>`);
  try {
    return reader(sql, tokens);
  } catch (error) {
    if (error instanceof RangeError) throw new StatementSyntaxError(sql, first.start, 'the statement is nested too deeply'); // text not confirmed
    throw error;
  }
};

/** @throws AthenaFailure as Athena words it. */
const refuseSeveral = (sql: string, tokens: readonly Token[]): void => {
  const semicolon = tokens.findIndex((token) => token.kind === 'symbol' && token.text === ';');
  if (semicolon >= 0 && tokens[semicolon + 1]?.kind !== 'end') throw new SeveralStatements(sql);
};

/** `Only one sql statement is allowed. Got: …` */
export class SeveralStatements extends StatementSyntaxError {
  constructor(sql: string) {
    super(sql, 0, '');
    this.message = `Only one sql statement is allowed. Got: ${sql}`;
  }
}

const withoutSemicolon = (sql: string, tokens: readonly Token[]): string => {
  const last = tokens.at(-2);
  return last?.kind === 'symbol' && last.text === ';' ? sql.slice(0, last.start) : sql;
};

const ended = (cursor: Cursor, statement: Statement): Statement => {
  cursor.expectEnd();
  return statement;
};

const readCreate: Reader = (sql, tokens) => {
  const cursor = new Cursor(sql, 'ddl', tokens);
  cursor.expect('CREATE');
  if (cursor.take('DATABASE') || cursor.take('SCHEMA')) return readCreateDatabase(cursor);
  if (cursor.take('EXTERNAL', 'TABLE')) return readCreateTable(cursor, true);
  const asTrino = new Cursor(sql, 'dml', tokens);
  asTrino.expect('CREATE');
  const orReplace = asTrino.take('OR', 'REPLACE');
  if (asTrino.take('VIEW')) return readCreateView(asTrino, orReplace);
  if (orReplace) throw asTrino.mismatch("'VIEW'");
  asTrino.expect('TABLE');
  // Trino's parser reads CREATE TABLE … AS, Hive's the others: they quote names differently.
  if (!tokens.some((token) => token.kind === 'backquoted')) {
    const created = readCreateTableAs(asTrino);
    if (created) return created;
  }
  cursor.expect('TABLE');
  return readCreateTable(cursor, false);
};

const readDrop = (cursor: Cursor): Statement => {
  if (cursor.take('DATABASE') || cursor.take('SCHEMA')) {
    const ifExists = cursor.take('IF', 'EXISTS');
    const name = cursor.identifier();
    const cascade = cursor.take('CASCADE');
    if (!cascade) cursor.take('RESTRICT');
    return ended(cursor, { kind: 'dropDatabase', name, ifExists, cascade });
  }
  const view = cursor.take('VIEW');
  if (!view) cursor.expect('TABLE');
  const ifExists = cursor.take('IF', 'EXISTS');
  return ended(cursor, { kind: view ? 'dropView' : 'dropTable', name: cursor.name(), ifExists });
};

const readAlter = (cursor: Cursor): Statement => {
  if (cursor.take('DATABASE') || cursor.take('SCHEMA')) return readAlterDatabase(cursor);
  if (cursor.take('VIEW')) {
    cursor.name();
    // https://docs.aws.amazon.com/athena/latest/ug/alter-view-dialect.html: for views of the Glue catalog that several engines share.
    if (cursor.is('ADD') || cursor.is('UPDATE') || cursor.is('DROP') || cursor.is('FORCE')) return { kind: 'notHere', what: 'ALTER VIEW … DIALECT' };
    throw cursor.mismatch("'ADD', 'DROP', 'UPDATE'");
  }
  if (!cursor.is('TABLE')) throw cursor.mismatch("'DATABASE', 'SCHEMA', 'TABLE', 'VIEW'");
  cursor.expect('TABLE');
  return readAlterTable(cursor);
};

const readOptimize = (cursor: Cursor): Statement => {
  const name = cursor.name();
  cursor.expect('REWRITE', 'DATA', 'USING', 'BIN_PACK');
  if (!cursor.take('WHERE')) return ended(cursor, { kind: 'optimize', name, where: undefined });
  return { kind: 'optimize', name, where: cursor.rest() };
};

const readUnload = (cursor: Cursor): Statement => {
  const query = cursor.parenthesizedInPlace();
  cursor.expect('TO');
  const location = cursor.string();
  const properties = cursor.take('WITH') ? cursor.typedProperties() : {};
  return ended(cursor, { kind: 'unload', query, location, properties });
};

const readPrepare = (cursor: Cursor): Statement => {
  const name = cursor.identifier();
  cursor.expect('FROM');
  return { kind: 'prepare', name, sql: cursor.rest() };
};

const readExecute = (cursor: Cursor): Statement => {
  const name = cursor.identifier();
  const parameters = cursor.take('USING') ? cursor.commaSeparatedRest() : [];
  return ended(cursor, { kind: 'execute', name, parameters });
};

const readDeallocate = (cursor: Cursor): Statement => {
  cursor.expect('PREPARE');
  return ended(cursor, { kind: 'deallocate', name: cursor.identifier() });
};

const FORMATS: Readonly<Record<string, ExplainFormat>> = { TEXT: 'text', JSON: 'json', GRAPHVIZ: 'graphviz' };
const TYPES: Readonly<Record<string, ExplainType>> = { LOGICAL: 'logical', DISTRIBUTED: 'distributed', VALIDATE: 'validate', IO: 'io' };

/** https://docs.aws.amazon.com/athena/latest/ug/athena-explain-statement.html */
const readExplain = (cursor: Cursor): Statement => {
  const analyze = cursor.take('ANALYZE');
  if (analyze) cursor.take('VERBOSE');
  const options: { format: ExplainFormat; type: ExplainType } = { format: 'text', type: analyze ? 'distributed' : 'logical' };
  // A bracket may also open the query.
  if (cursor.is('(', 'FORMAT') || cursor.is('(', 'TYPE')) cursor.list(() => readExplainOption(cursor, options, analyze));
  return { kind: 'explain', query: cursor.restInPlace(), analyze, ...options };
};

const readExplainOption = (cursor: Cursor, options: { format: ExplainFormat; type: ExplainType }, analyze: boolean): void => {
  const name = cursor.is('TYPE') && !analyze ? 'TYPE' : 'FORMAT';
  cursor.expect(name);
  const choices: Readonly<Record<string, ExplainFormat | ExplainType>> = name === 'TYPE' ? TYPES : FORMATS;
  const chosen = Object.keys(choices).find((word) => cursor.is(word) && !(analyze && word === 'GRAPHVIZ'));
  if (chosen === undefined) throw cursor.mismatch(Object.keys(choices).map((word) => `'${word}'`).join(', '));
  cursor.expect(chosen);
  if (name === 'TYPE') options.type = TYPES[chosen] ?? 'logical';
  else options.format = FORMATS[chosen] ?? 'text';
};

/** https://docs.aws.amazon.com/athena/latest/ug/describe-table.html */
const readDescribe = (cursor: Cursor): Statement => {
  // `DESCRIBE TABLE x` describes the table named "table", and says that there is none.
  if (cursor.take('TABLE')) return { kind: 'describe', name: ['table'], form: 'plain', column: [] };
  const form = cursor.take('EXTENDED') ? 'extended' : cursor.take('FORMATTED') ? 'formatted' : 'plain';
  const name = cursor.name();
  if (cursor.is('PARTITION')) return { kind: 'notHere', what: 'DESCRIBE … PARTITION' };
  const column: string[] = [];
  if (cursor.token.kind !== 'end' && !cursor.is(';')) {
    do column.push(cursor.token.kind === 'string' ? cursor.string().toLowerCase() : cursor.identifier());
    while (cursor.take('.'));
  }
  return ended(cursor, { kind: 'describe', name, form, column });
};
