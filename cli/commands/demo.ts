import path from 'node:path';
import type { CommandContext } from '../command-context.ts';
import { CliError, usageError } from '../cli-error.ts';
import { printClosing, printNext, readClosing } from '../demo/closing.ts';
import { createGeneratedPasses } from '../demo/generated-passes.ts';
import { createGivenPasses } from '../demo/given-passes.ts';
import type { DemoPass } from '../demo/pass.ts';
import { playPass } from '../demo/play-pass.ts';
import type { PlayedPass } from '../demo/play-pass.ts';
import { hasInput, inspectInput } from '../input/given-input.ts';
import type { InputOptions } from '../input/given-input.ts';
import { choosePort } from '../local/choose-port.ts';
import { defaultFolders, removeDataDir } from '../local/data-dir.ts';
import type { LocalPipeline } from '../local/start-pipeline.ts';
import { formatDuration } from '../output/format.ts';
import { printEnvironment } from '../output/print-environment.ts';
import { createStepLine } from '../output/steps.ts';
import { untilAborted } from '../../localcloud/command/signals.ts';

export interface DemoOptions extends InputOptions {
  dataDir?: string;
  passes?: number;
  seed: number;
  keep?: boolean;
  port?: number;
  json?: boolean;
}

/**
 * `floe demo`: starts the cloud, plays the passes, shows the tables, ends. Without --data-dir it works in a directory of
 * its own, made anew each time; one that is named is gone on with.
 */
export const demo = async (options: DemoOptions, context: CommandContext): Promise<void> => {
  const begun = performance.now();
  const { terminal } = context;
  const { passes, problems } = await preparePasses(options, context);
  const { pipeline, removed } = await start(options, context);
  try {
    if (options.json !== true) printStart(pipeline, performance.now() - begun, problems, context);
    const played: PlayedPass[] = [];
    for (const [at, pass] of passes.entries()) {
      context.signal.throwIfAborted();
      played.push(await playPass(pipeline.connection, pass, { number: at + 1, isQuiet: options.json === true }, context));
    }
    const closing = await readClosing(pipeline.connection.lake);
    const seconds = Math.round(performance.now() - begun) / 1000;
    const failures = [...new Set([...problems, ...played.flatMap((pass) => pass.failures)])];
    if (options.json === true) terminal.print(JSON.stringify({ endpoint: pipeline.endpoint, dataDir: pipeline.dataDir, seconds, passes: played, ...closing, failures }, null, 2));
    else {
      printClosing(closing, terminal);
      printNext(options.dataDir === undefined ? '' : ` --data-dir ${options.dataDir}`, terminal);
      terminal.print(`\n${terminal.style.dim(`Done in ${formatDuration(seconds * 1000)}.`)}`);
    }
    if (options.keep === true) await keepUp(pipeline, options, context);
    if (failures.length > 0) throw new CliError(failures.length === 1 ? (failures[0] ?? '') : `${failures.length} problems, named above; everything else is in the tables`);
  } finally {
    await pipeline.stop();
    await removed;
  }
};

const preparePasses = async (options: DemoOptions, context: CommandContext): Promise<{ passes: DemoPass[]; problems: string[] }> => {
  if (!hasInput(options)) {
    if (options.passes !== undefined) throw usageError('--passes cuts given files: name some with --events, --shop-events, --transactions or --users');
    return { passes: createGeneratedPasses(options.seed, context.now()), problems: [] };
  }
  const input = await inspectInput(options, context.workingDirectory);
  return { passes: createGivenPasses(input, options.passes ?? 1), problems: input.problems };
};

const start = async (options: DemoOptions, context: CommandContext): Promise<{ pipeline: LocalPipeline; removed: Promise<void> }> => {
  const port = await choosePort(options.port);
  const line = createStepLine(context.terminal);
  line.show('starting the cloud and deploying the pipeline into it');
  try {
    const dataDir = path.resolve(context.workingDirectory, options.dataDir ?? defaultFolders.demo);
    const { removed } = options.dataDir === undefined ? removeDataDir(dataDir) : { removed: Promise.resolve() };
    removed.catch(() => undefined); // awaited at the end; a failure before that must not go unhandled
    // The pipeline with all its services is loaded once it is clear that there is work for it.
    const { startPipeline } = await import('../local/start-pipeline.ts');
    return { pipeline: await startPipeline({ projectRoot: context.projectRoot, dataDir, port }), removed };
  } finally {
    line.clear();
  }
};

const printStart = (pipeline: LocalPipeline, milliseconds: number, problems: readonly string[], { terminal }: CommandContext): void => {
  const { print, style } = terminal;
  print(`${style.bold('floe')}  the whole pipeline on this machine`);
  print(`   AWS is played by this process at ${style.cyan(pipeline.endpoint)}, up and deployed in ${formatDuration(milliseconds)}`);
  for (const problem of problems) print(`   ${style.yellow('problem')}  ${problem}`);
};

const keepUp = async (pipeline: LocalPipeline, options: DemoOptions, context: CommandContext): Promise<void> => {
  if (options.json !== true) {
    context.terminal.print();
    printEnvironment(pipeline, undefined, context);
  }
  await untilAborted(context.signal);
};
