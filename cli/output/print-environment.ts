import path from 'node:path';
import type { CommandContext } from '../command-context.ts';
import type { LocalPipeline } from '../local/start-pipeline.ts';
import { formatDuration } from './format.ts';

/** How a running cloud is reached: what `floe up` and `floe demo --keep` show. */
export const printEnvironment = (pipeline: LocalPipeline, startMilliseconds: number | undefined, { terminal, workingDirectory }: CommandContext): void => {
  const { style } = terminal;
  const ready = startMilliseconds === undefined ? 'still up' : `up in ${formatDuration(startMilliseconds)}`;
  terminal.print(`${style.bold('floe')} is ${ready} at ${style.cyan(pipeline.endpoint)}, its data in ${path.relative(workingDirectory, pipeline.dataDir) || '.'}; Ctrl-C ends it.`);
  terminal.print('\nFor the AWS SDK and the aws command, in another terminal:\n');
  for (const [name, value] of Object.entries(pipeline.environment)) terminal.print(`  export ${name}=${String(value)}`);
};
