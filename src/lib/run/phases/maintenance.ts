import { databaseNames, RUN_TABLES, type TableName } from '../../lake/index.ts';
import type { Step } from '../run-files.ts';
import { identifier, type Phase, type PhaseContext } from './phase.ts';

/** gold.run_audit is not part of a run's transaction, but has files and snapshots as the others do. */
const TABLES: readonly TableName[] = [...RUN_TABLES, { database: 'gold', name: 'run_audit' }];

/** Compacts every table, then expires old snapshots. What it commits holds the same rows as before. */
export const maintenancePhase: Phase<null> = {
  async start(context) {
    return { steps: ['maintenance/optimize', 'maintenance/vacuum'].flatMap((statement) => TABLES.map((table) => stepOf(context, statement, table))), facts: null };
  },
  async advance(_context, _progress, step) {
    throw new Error(`${step.statement} has no result in the maintenance phase`);
  },
};

const stepOf = ({ config }: PhaseContext, statement: string, table: TableName): Step => ({
  statement,
  parameters: { database: identifier(databaseNames(config.names.databasePrefix)[table.database]), table: identifier(table.name) },
});
