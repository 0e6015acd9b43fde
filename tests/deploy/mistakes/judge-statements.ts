import { ParameterError, renderStatement, StatementError } from '../../../src/lib/statements/index.ts';
import type { Parameters } from '../../../src/lib/statements/index.ts';
import { SAMPLE_ROWS } from '../checks/statements.ts';
import type { EmptyLake } from '../support/empty-lake.ts';
import { sampleParameters } from '../support/sample-parameters.ts';
import type { StatementMistake } from './in-statements.ts';
import type { Verdict } from './score.ts';

const SOURCES = ['events', 'transactions', 'users'] as const;

/** Renders a statement with parameters Athena takes it with. */
export type RenderOf = (name: string, text: string) => string;

/** Which source each statement is about: the first that Athena takes it for. @throws Error for a statement it takes for none */
export const renderForLake = async (lake: EmptyLake, statements: ReadonlyMap<string, string>): Promise<RenderOf> => {
  const parameters = new Map<string, Parameters>();
  for (const [name, text] of statements) parameters.set(name, await parametersFor(lake, name, text));
  return (name, text) => renderStatement(name, text, parameters.get(name) ?? {});
};

const parametersFor = async (lake: EmptyLake, name: string, text: string): Promise<Parameters> => {
  const refusals: string[] = [];
  for (const source of SOURCES) {
    const parameters = { ...sampleParameters(source, 'floe-lake'), ...lake.parameters, ...SAMPLE_ROWS };
    const refusal = await lake.refusalOf(renderStatement(name, text, parameters));
    if (refusal === undefined) return parameters;
    refusals.push(refusal);
  }
  throw new Error(`${name}: ${refusals.join('; ')}`);
};

/** The renderer or Athena refuses the statement; of a table, also one of the statements that use it. */
export const judgedStatement = async (lake: EmptyLake, statements: ReadonlyMap<string, string>, render: RenderOf, { kind, at, text, legal }: StatementMistake): Promise<Verdict> => {
  const [name = ''] = at.split(':');
  let sql: string;
  try {
    sql = render(name, text);
  } catch (error) {
    if (!(error instanceof StatementError || error instanceof ParameterError)) throw error;
    return { kind, at, legal, foundBy: 'renderer' };
  }
  const refusal = name.startsWith('tables/') ? await refusalOfTable(lake, statements, render, name, sql) : await lake.refusalOf(sql);
  return { kind, at, legal, foundBy: refusal === undefined ? undefined : 'athena' };
};

/** In the place of the table that is right, which comes back afterwards. */
const refusalOfTable = async (lake: EmptyLake, statements: ReadonlyMap<string, string>, render: RenderOf, name: string, sql: string): Promise<string | undefined> => {
  const table = name.slice('tables/'.length);
  const [, shortName = ''] = table.split('.');
  await lake.refusalOf(`DROP TABLE ${table}`);
  let refusal = await lake.refusalOf(sql);
  for (const [other, text] of statements) {
    if (refusal === undefined && !/^(tables|views)\//.test(other) && text.includes(`.${shortName}`)) refusal = await lake.refusalOf(render(other, text));
  }
  await lake.refusalOf(`DROP TABLE ${table}`);
  const again = await lake.refusalOf(render(name, statements.get(name) ?? ''));
  if (again !== undefined) throw new Error(`${name} does not come back: ${again}`);
  return refusal;
};
