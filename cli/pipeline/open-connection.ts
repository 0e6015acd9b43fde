import type { CommandContext } from '../command-context.ts';
import { CliError } from '../cli-error.ts';
import { choosePort } from '../local/choose-port.ts';
import { connect } from './connection.ts';
import type { Connection } from './connection.ts';
import { findDataDir, runningCloud } from '../local/data-dir.ts';
import type { RunningCloud } from '../local/data-dir.ts';

/** The embedded cloud takes any credentials; these are the ones it hands out itself. */
export const connectRunning = ({ endpoint, region, stage }: RunningCloud): Connection =>
  connect({ AWS_ENDPOINT_URL: endpoint, AWS_REGION: region, AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' }, stage);

/**
 * The connection a command works with: to the cloud that is running on the directory, or, where none is, to one brought
 * up in this process for as long as the command lasts.
 */
export const withConnection = async <T>(dataDir: string | undefined, context: CommandContext, work: (connection: Connection, directory: string) => Promise<T>): Promise<T> => {
  const directory = findDataDir(dataDir, context.workingDirectory);
  const running = runningCloud(directory);
  if (running !== undefined) {
    const connection = connectRunning(running);
    try {
      return await work(connection, directory);
    } finally {
      connection.close();
    }
  }
  const { startPipeline } = await import('../local/start-pipeline.ts');
  const pipeline = await startPipeline({ projectRoot: context.projectRoot, dataDir: directory, port: await choosePort(0) });
  try {
    return await work(pipeline.connection, directory);
  } finally {
    await pipeline.stop();
  }
};

/** The connection to a cloud that must be running. */
export const requireRunning = (dataDir: string | undefined, context: CommandContext): Connection => {
  const directory = findDataDir(dataDir, context.workingDirectory);
  const running = runningCloud(directory);
  if (running === undefined) throw new CliError(`no cloud is running in ${directory}; start one with: floe up --data-dir ${directory}`);
  return connectRunning(running);
};
