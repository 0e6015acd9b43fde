import { existsSync } from 'node:fs';
import type { ObjectStore } from '../../core/ports.ts';
import type { Execution } from './executions.ts';

/** Their answer depends on more than the query's text: https://docs.aws.amazon.com/athena/latest/ug/reusing-query-results.html */
const CHANGING = /\b(?:rand|random|uuid|shuffle|now|current_date|current_time|current_timestamp|localtime|localtimestamp)\b/i;

/**
 * The newest earlier execution whose result answers this one: same text, parameters, database and workgroup, a query, ended
 * within the age the request allows, its file still there. Whether its tables have changed since is not asked, as in AWS.
 */
export const reusable = (execution: Execution, earlier: readonly Execution[], nowMs: number, store: Pick<ObjectStore, 'fileOf'>): Execution | undefined => {
  const { reuseMaxAgeMinutes: minutes } = execution;
  if (minutes === undefined || CHANGING.test(execution.query)) return undefined;
  return earlier.find((candidate) => answers(candidate, execution) && nowMs - (candidate.completedAt ?? 0) <= minutes * 60_000 && hasFile(candidate, store));
};

const answers = (candidate: Execution, execution: Execution): boolean =>
  candidate.id !== execution.id &&
  candidate.state === 'SUCCEEDED' &&
  candidate.reusedFrom === undefined &&
  candidate.outcome?.substatementType === 'SELECT' &&
  candidate.query === execution.query &&
  candidate.database === execution.database &&
  candidate.workGroup === execution.workGroup &&
  JSON.stringify(candidate.parameters) === JSON.stringify(execution.parameters);

const hasFile = ({ outputFolder, outcome }: Execution, store: Pick<ObjectStore, 'fileOf'>): boolean =>
  outcome?.resultFile !== undefined && existsSync(store.fileOf(outputFolder + outcome.resultFile));
