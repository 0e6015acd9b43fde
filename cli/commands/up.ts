import path from 'node:path';
import type { CommandContext } from '../command-context.ts';
import { choosePort } from '../local/choose-port.ts';
import { defaultFolders } from '../local/data-dir.ts';
import { startPipeline } from '../local/start-pipeline.ts';
import { printEnvironment } from '../output/print-environment.ts';
import { untilAborted } from '../../localcloud/command/signals.ts';

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
