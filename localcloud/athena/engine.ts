import { AwsError } from '../core/errors.ts';
import { AthenaCatalog } from './catalog.ts';
import { partsFor } from './caller-rights.ts';
import { Connections } from './connections.ts';
import { executeAlterDatabase, executeAlterTable } from './execute-alter.ts';
import { executeCreateTableAs } from './execute-ctas.ts';
import { executeDml } from './execute-dml.ts';
import { executeOptimize, executeVacuum } from './execute-maintenance.ts';
import { executeExplain } from './execute-explain.ts';
import { executeQuery } from './execute-query.ts';
import { executeRepairTable } from './execute-repair.ts';
import { executeShow } from './execute-show.ts';
import { checkCreateTable, executeCreateDatabase, executeCreateTable, executeDropDatabase, executeDropTable } from './execute-tables.ts';
import { executeUnload } from './execute-unload.ts';
import { executeCreateView, executeDropView } from './execute-views.ts';
import { rowFailureOf } from './external/row-failure.ts';
import { AthenaFailure, notSupportedLocally, QueryCancelled, trinoFailure } from './failure.ts';
import { CommitRefused, IcebergError } from './iceberg/index.ts';
import { PreparedStatements } from './service/prepared-statements.ts';
import type { SqlError } from './sql/index.ts';
import type { Statement } from './statements/model.ts';
import { parseStatement } from './statements/parse.ts';
import type { EngineParts } from './statement-run.ts';
import { StatementRun } from './statement-run.ts';
import type { AthenaDependencies, AthenaFolders, AthenaLimits, RowSink, StatementContext, StatementResult } from './types.ts';

/** QueryString's limit: https://docs.aws.amazon.com/athena/latest/ug/service-limits.html */
export const MAX_QUERY_BYTES = 262_144;

const DEFAULT_REGION = 'eu-west-1';

/** Athena's engine: carries out one statement at a time or several side by side, on the tables of one catalog. */
export class AthenaEngine {
  readonly catalog: AthenaCatalog;
  readonly prepared: PreparedStatements;
  private readonly connections: Connections;
  private readonly parts: EngineParts;
  private readonly region: string;

  constructor(dependencies: AthenaDependencies, folders: AthenaFolders, limits: AthenaLimits = {}) {
    this.catalog = new AthenaCatalog(dependencies.catalog, dependencies.store);
    this.prepared = new PreparedStatements(folders.stateFolder);
    this.region = dependencies.region ?? DEFAULT_REGION;
    this.connections = new Connections(folders.temporaryFolder, limits);
    const clock = dependencies.clock ?? (() => new Date());
    this.parts = { store: dependencies.store, catalog: this.catalog, connections: this.connections, temporaryFolder: folders.temporaryFolder, prepared: this.prepared, clock };
  }

  /**
   * What Athena checks before it takes a statement: its length, that it is one, its grammar.
   * @throws AthenaFailure with the text of StartQueryExecution's InvalidRequestException
   */
  async check(sql: string, parameters?: readonly string[]): Promise<Statement> {
    if (sql.trim() === '') throw new AthenaFailure('SYNTAX_ERROR', 'Query string must not be empty');
    if (Buffer.byteLength(sql) > MAX_QUERY_BYTES) {
      throw new AthenaFailure('QUERY_TOO_LONG', `1 validation error detected: Value at 'queryString' failed to satisfy constraint: Member must have length less than or equal to ${MAX_QUERY_BYTES}`);
    }
    const statement = parseStatement(sql);
    if (statement.kind === 'createTable') checkCreateTable(statement);
    if (statement.kind === 'prepare') await this.check(statement.sql);
    const text = grammarOf(statement);
    if (text !== undefined) await checkGrammar(text, parameters);
    return statement;
  }

  /** What a text is; EXECUTE is what it executes. @throws AthenaFailure */
  resolved(sql: string, workGroup: string): Statement {
    const statement = parseStatement(sql);
    const prepared = statement.kind === 'execute' ? this.prepared.get(workGroup, statement.name) : undefined;
    return prepared ? parseStatement(prepared.query) : statement;
  }

  /**
   * Carries out one statement. Rows go to the sink as they come.
   * @throws AthenaFailure why it FAILED
   * @throws QueryCancelled where the context's signal was aborted
   */
  async execute(sql: string, context: StatementContext, sink: RowSink): Promise<StatementResult> {
    try {
      return await this.run(parseStatement(sql), new StatementRun(partsFor(this.parts, context.caller, this.region), context, sink));
    } catch (error) {
      if (error instanceof CommitRefused && error.cause instanceof AthenaFailure) throw error.cause;
      if (error instanceof QueryCancelled || error instanceof AthenaFailure) throw error;
      if (context.signal?.aborted) throw new QueryCancelled();
      if (error instanceof IcebergError) throw trinoFailure(error.errorName, error.message, { cause: error });
      if (error instanceof AwsError) throw new AthenaFailure(error.code, `${error.code}: ${error.message}`, { cause: error });
      const rowFailure = rowFailureOf(error);
      if (rowFailure) throw rowFailure;
      const { translateError } = await import('./sql/index.ts');
      throw toFailure(translateError(error));
    }
  }

  async close(): Promise<void> {
    await this.connections.close();
  }

  private async run(statement: Statement, run: StatementRun): Promise<StatementResult> {
    switch (statement.kind) {
      case 'dml':
        return statement.verb === 'SELECT' ? executeQuery(run, statement.sql) : executeDml(run, statement.sql);
      case 'createTable':
        return executeCreateTable(run, statement);
      case 'createTableAs':
        return executeCreateTableAs(run, statement);
      case 'createView':
        return executeCreateView(run, statement);
      case 'createDatabase':
        return executeCreateDatabase(run, statement);
      case 'dropDatabase':
        return executeDropDatabase(run, statement);
      case 'dropTable':
        return executeDropTable(run, statement);
      case 'dropView':
        return executeDropView(run, statement);
      case 'alterTable':
        return executeAlterTable(run, statement.name, statement.action);
      case 'optimize':
        return executeOptimize(run, statement.name, statement.where);
      case 'vacuum':
        return executeVacuum(run, statement.name);
      case 'unload':
        return executeUnload(run, statement);
      case 'explain':
        return executeExplain(run, statement);
      case 'prepare':
      case 'execute':
      case 'deallocate':
        return this.runPrepared(statement, run);
      case 'repairTable':
        return executeRepairTable(run, statement.name);
      case 'alterDatabase':
        return executeAlterDatabase(run, statement);
      case 'notHere':
        throw notSupportedLocally(statement.what);
      default:
        return executeShow(run, statement);
    }
  }

  private async runPrepared(statement: Extract<Statement, { kind: 'prepare' | 'execute' | 'deallocate' }>, run: StatementRun): Promise<StatementResult> {
    const workGroup = run.context.workGroup ?? 'primary';
    const { name } = statement;
    if (statement.kind === 'prepare') {
      await this.check(statement.sql);
      this.prepared.put(workGroup, { name, query: statement.sql, description: undefined, lastModified: this.parts.clock().getTime() / 1000 });
      return run.answerText('PREPARE');
    }
    const known = this.prepared.get(workGroup, name);
    if (!known) throw trinoFailure('NOT_FOUND', `Prepared statement not found: ${name}`);
    if (statement.kind === 'deallocate') {
      this.prepared.delete(workGroup, name);
      return run.answerText('DEALLOCATE');
    }
    const parameters = statement.parameters.length > 0 ? statement.parameters : run.context.parameters;
    const context: StatementContext = { ...run.context, ...(parameters === undefined ? {} : { parameters }) };
    return this.run(parseStatement(known.query), new StatementRun(run.parts, context, run.sink));
  }
}

/** The part of a statement that Trino's grammar reads. */
const grammarOf = (statement: Statement): string | undefined => {
  switch (statement.kind) {
    case 'dml':
      return statement.sql;
    case 'createTableAs':
    case 'createView':
    case 'unload':
      return statement.query;
    case 'explain':
      return parseStatement(statement.query).kind === 'dml' ? statement.query : undefined;
    default:
      return undefined;
  }
};

/** Only the grammar is checked before a query runs; what the tables have to say comes when it does. @throws AthenaFailure */
const checkGrammar = async (sql: string, parameters: readonly string[] | undefined): Promise<void> => {
  const { SqlError: GrammarError, translate } = await import('./sql/index.ts');
  try {
    translate(sql, parameters === undefined ? {} : { parameters });
  } catch (error) {
    if (!(error instanceof GrammarError)) throw error;
    if (error.errorName === 'SYNTAX_ERROR') throw toFailure(error);
  }
};

/** Part `sql`'s errors carry Trino's name in their message already; Athena adds a few words to one of them. */
const toFailure = (error: SqlError): AthenaFailure =>
  new AthenaFailure(error.errorName, error.message.replace(/ cannot be resolved$/, ' cannot be resolved or requester is not authorized to access requested resources'), {
    category: error.category,
    cause: error.cause ?? error,
  });
