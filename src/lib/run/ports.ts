import type { Objects } from '../aws/index.ts';
import type { LakeNames, Queries, TableSnapshots } from '../lake/index.ts';
import type { Thresholds } from '../quality/index.ts';
import type { Undelivered } from '../redeliver/index.ts';
import type { StatementLibrary } from '../statements/index.ts';
import type { LakeItemStore } from './lake-item.ts';
import type { RunFiles } from './run-files.ts';
import type { RunSettings } from './settings.ts';

/** What a run needs of the world. */
export interface RunPorts {
  objects: Objects;
  files: RunFiles;
  lakeItem: LakeItemStore;
  snapshots: TableSnapshots;
  queries: Queries;
  statements: StatementLibrary;
  /** Records that wait below Firehose's error prefix. */
  undelivered(): Promise<Undelivered>;
  /** Is a Step Functions execution, by its ARN, still running? */
  isRunning(execution: string): Promise<boolean>;
  /** Ends an execution, so that it starts no more statements; one that has ended already stays as it is. */
  stopExecution(execution: string): Promise<void>;
  clock: () => Date;
}

export interface RunConfig {
  names: LakeNames;
  settings: RunSettings;
  thresholds: Thresholds;
}
