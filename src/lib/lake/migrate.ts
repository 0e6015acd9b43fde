import type { Parameters, StatementLibrary } from '../statements/index.ts';
import type { Queries } from './queries.ts';
import { databaseNames } from './tables.ts';

export interface LakeNames {
  lakeBucket: string;
  /** Of the stage's Glue databases; may be empty. */
  databasePrefix: string;
}

/** What every statement may name: the databases and the bucket. */
export const lakeParameters = ({ lakeBucket, databasePrefix }: LakeNames): Parameters => {
  const { bronze, silver, gold, state } = databaseNames(databasePrefix);
  return {
    bronze: { kind: 'identifier', value: bronze },
    silver: { kind: 'identifier', value: silver },
    gold: { kind: 'identifier', value: gold },
    state: { kind: 'identifier', value: state },
    lake_bucket: { kind: 'name', value: lakeBucket },
  };
};

/**
 * Creates the lake's Iceberg tables and views where they are not there yet: sql/tables/, then sql/views/. Databases and
 * external tables are part of the deployment. May be run any number of times.
 * @returns the statements that were run, in their order
 */
export const migrate = async (options: LakeNames & { queries: Queries; statements: StatementLibrary; horizonDays: number }): Promise<string[]> => {
  const { queries, statements, horizonDays } = options;
  const parameters: Parameters = { ...lakeParameters(options), horizon_days: { kind: 'integer', value: String(horizonDays) } };
  const names = [...(await statements.names('tables')), ...(await statements.names('views'))];
  for (const name of names) await queries.run(await statements.render(name, parameters));
  return names;
};
