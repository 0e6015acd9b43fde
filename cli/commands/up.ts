import path from 'node:path';
import type { CommandContext } from '../command-context.ts';
import { choosePort } from '../local/choose-port.ts';
import { defaultFolders } from '../local/data-dir.ts';
import { startPipeline } from '../local/start-pipeline.ts';
import type { LocalPipeline } from '../local/start-pipeline.ts';
import { formatDuration } from '../output/format.ts';
import { untilAborted } from '../signals.ts';

export interface UpOptions {
  port: number;
  dataDir?: string;
  json?: boolean;
}

/** `floe up`: prints the environment to export, then serves until Ctrl-C. */
export const up = async (options: UpOptions, context: CommandContext): Promise<void> => {
  const begun = performance.now();
  const dataDir = path.resolve(context.workingDirectory, options.dataDir ?? defaultFolders.cloud);
  const pipeline = await startPipeline({ projectRoot: context.projectRoot, dataDir, port: await choosePort(options.port) });
  try {
    if (options.json === true) context.terminal.print(JSON.stringify({ endpoint: pipeline.endpoint, dataDir, environment: pipeline.environment }, null, 2));
    else printEnvironment(pipeline, performance.now() - begun, context);
    await untilAborted(context.signal);
  } finally {
    await pipeline.stop();
  }
};

/** Also how `floe demo --keep` ends. */
export const printEnvironment = (pipeline: LocalPipeline, startMilliseconds: number | undefined, { terminal, workingDirectory }: CommandContext): void => {
  const { style } = terminal;
  const ready = startMilliseconds === undefined ? 'still up' : `up in ${formatDuration(startMilliseconds)}`;
  terminal.print(`${style.bold('floe')} is ${ready} at ${style.cyan(pipeline.endpoint)}, its data in ${path.relative(workingDirectory, pipeline.dataDir) || '.'}; Ctrl-C ends it.`);
  terminal.print('\nFor the AWS SDK and the aws command, in another terminal:\n');
  for (const [name, value] of Object.entries(pipeline.environment)) terminal.print(`  export ${name}=${String(value)}`);
};
