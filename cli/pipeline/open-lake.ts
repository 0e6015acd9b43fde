import type { CommandContext } from '../command-context.ts';
import type { LakeReader } from '../reports/lake-reader.ts';
import { connectRunning } from './open-connection.ts';
import { findDataDir, runningCloud } from '../local/data-dir.ts';

/** The lake of a running cloud through Athena's API, or of a stopped one straight from its directory. */
export const openLake = async (dataDir: string | undefined, context: CommandContext): Promise<LakeReader> => {
  const directory = findDataDir(dataDir, context.workingDirectory);
  const running = runningCloud(directory);
  if (running === undefined) return (await import('../local/stopped-lake.ts')).openStoppedLake(directory);
  const connection = connectRunning(running);
  return { ask: (sql, database) => connection.lake.ask(sql, database), close: async () => connection.close() };
};
