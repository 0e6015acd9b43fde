import { usageError } from '../cli-error.ts';
import type { WorkflowInput } from '../pipeline/run-workflow.ts';

/** What --accept and --source release. @throws CliError where one of them is missing */
export const acceptedGates = ({ accept, source }: { accept?: readonly string[]; source?: string }): NonNullable<WorkflowInput['accept']> => {
  if ((accept === undefined) !== (source === undefined)) throw usageError('--accept and --source belong together');
  return accept === undefined || source === undefined ? [] : accept.map((rule) => ({ rule, source }));
};
