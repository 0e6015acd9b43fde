import type { CommandContext } from '../command-context.ts';
import { findDataDir, runningCloud } from '../local/data-dir.ts';
import type { LakeReader } from '../reports/lake-reader.ts';
import { withConnection } from './open-connection.ts';
import { deployedTarget } from './target.ts';
import type { TargetOptions } from './target.ts';

/** The lake of a deployment or of a running cloud through Athena's API, of a stopped one straight from its directory. */
export const withLake = async <T>(options: TargetOptions, context: CommandContext, work: (lake: LakeReader) => Promise<T>): Promise<T> => {
  const stopped = stoppedDirectory(options, context);
  if (stopped === undefined) return withConnection(options, context, ({ lake }) => work(lake));
  const lake = (await import('../local/stopped-lake.ts')).openStoppedLake(stopped);
  try {
    return await work(lake);
  } finally {
    await lake.close();
  }
};

const stoppedDirectory = (options: TargetOptions, { environment, workingDirectory }: CommandContext): string | undefined => {
  if (deployedTarget(options, environment) !== undefined) return undefined;
  const directory = findDataDir(options.dataDir, workingDirectory);
  return runningCloud(directory) === undefined ? directory : undefined;
};
