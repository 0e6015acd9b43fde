import type { CommandContext } from '../command-context.ts';
import { CliError } from '../cli-error.ts';
import { accessTo } from '../local/access.ts';
import { choosePort } from '../local/choose-port.ts';
import { findDataDir, runningCloud } from '../local/data-dir.ts';
import type { RunningCloud } from '../local/data-dir.ts';
import { explainAws } from './aws-errors.ts';
import { connect } from './connection.ts';
import type { Connection } from './connection.ts';
import { deployedTarget } from './target.ts';
import type { DeployedTarget, TargetOptions } from './target.ts';

export const connectRunning = ({ endpoint, region, stage }: RunningCloud, signal?: AbortSignal): Promise<Connection> => connect(stage, accessTo(endpoint, region), signal);

/** Works with a deployment. @throws CliError in plain words for what AWS refuses */
const withDeployment = async <T>(target: DeployedTarget, { signal }: CommandContext, work: (connection: Connection) => Promise<T>): Promise<T> => {
  try {
    return await closing(await connect(target.stage, target.access, signal), work);
  } catch (error) {
    throw explainAws(error, target) ?? error;
  }
};

/**
 * The connection a command works with: to the deployment its options name, or to the cloud that is running on the directory, or, where
 * none is, to one brought up in this process for as long as the command lasts.
 */
export const withConnection = async <T>(options: TargetOptions, context: CommandContext, work: (connection: Connection) => Promise<T>): Promise<T> => {
  const target = deployedTarget(options, context.environment);
  if (target !== undefined) return withDeployment(target, context, work);
  const directory = findDataDir(options.dataDir, context.workingDirectory);
  const running = runningCloud(directory);
  if (running !== undefined) return closing(await connectRunning(running, context.signal), work);
  const { startPipeline } = await import('../local/start-pipeline.ts');
  const pipeline = await startPipeline({ projectRoot: context.projectRoot, dataDir: directory, port: await choosePort(0) });
  try {
    return await work(pipeline.connection);
  } finally {
    await pipeline.stop();
  }
};

/** The same for what goes on after the command: a cloud of this machine must be running. */
export const withRunning = async <T>(options: TargetOptions, context: CommandContext, work: (connection: Connection) => Promise<T>): Promise<T> => {
  const target = deployedTarget(options, context.environment);
  if (target !== undefined) return withDeployment(target, context, work);
  const directory = findDataDir(options.dataDir, context.workingDirectory);
  const running = runningCloud(directory);
  if (running === undefined) throw new CliError(`no cloud is running in ${directory}; start one with: floe up --data-dir ${directory}`);
  return closing(await connectRunning(running, context.signal), work);
};

const closing = async <T>(connection: Connection, work: (connection: Connection) => Promise<T>): Promise<T> => {
  try {
    return await work(connection);
  } finally {
    connection.close();
  }
};
