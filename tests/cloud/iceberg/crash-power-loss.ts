import { cpSync } from 'node:fs';
import path from 'node:path';
import { Disk } from './crash-disk.ts';
import { FileWatch } from './crash-files.ts';
import type { FileEvent } from './crash-files.ts';
import { remove, runSql, temporaryFolder } from './crash-lake.ts';
import type { CrashStatement, LakeReader } from './crash-lake.ts';

export interface PowerLossOptions {
  /** Whether something not synced survives nevertheless; asked anew for each. Default: nothing does. */
  survives?: () => boolean;
  /** After which changes the power is lost; default after each sync: without luck, only these change what is left. */
  when?: (event: FileEvent) => boolean;
  /** Only the losses that leave another catalog than the one before. */
  onlyHardest?: boolean;
}

/**
 * Runs a statement on a copy of the lake and checks what losing the power on the way would leave: the old or the new state, and
 * once the statement has ended, the new one. Answers how many losses were tried.
 */
export const checkPowerLosses = async (lake: string, statement: CrashStatement, reader: LakeReader, options: PowerLossOptions = {}): Promise<number> => {
  const scratch = temporaryFolder();
  try {
    const { losses, trace, dataDir } = await runWithLosses(lake, statement, scratch, options);
    const states = [await reader.state(lake), await reader.state(dataDir)];
    for (const [index, loss] of losses.entries()) {
      const isEnd = index === losses.length - 1;
      const found = await stateOrError(reader, loss);
      const allowed = isEnd ? states.slice(1) : states;
      if (!allowed.includes(found)) throw new Error(`${statement.name}: a power loss ${isEnd ? 'after its end' : `after\n${trace[index] ?? ''}\n`} left\n${found}`);
    }
    return losses.length;
  } finally {
    remove(scratch);
  }
};

const stateOrError = async (reader: LakeReader, dataDir: string): Promise<string> => {
  try {
    return await reader.state(dataDir);
  } catch (error) {
    return `what cannot be read: ${String(error)}`;
  }
};

const runWithLosses = async (lake: string, statement: CrashStatement, scratch: string, { survives, when = ({ kind }) => kind === 'sync', onlyHardest = false }: PowerLossOptions) => {
  const dataDir = path.join(scratch, 'run');
  cpSync(lake, dataDir, { recursive: true });
  const disk = new Disk(dataDir);
  const losses: string[] = [];
  const trace: string[] = [];
  const lines: string[] = [];
  // Each sync only adds to what is safe: the first loss with a new catalog is the hardest.
  const catalogNow = (): string => disk.durableFiles(path.join(dataDir, 'glue')).join('\n');
  let catalog = catalogNow();
  const lose = (isEnd: boolean): void => {
    const isAsBefore = catalog === (catalog = catalogNow());
    if (onlyHardest && isAsBefore && !isEnd) return;
    const target = path.join(scratch, String(losses.length));
    disk.writeDurable(target, survives);
    losses.push(target);
    trace.push(lines.slice(-25).join('\n'));
  };
  const after = (event: FileEvent): void => {
    disk.apply(event);
    lines.push(`  ${event.kind} ${path.relative(dataDir, event.path)}${event.to === undefined ? '' : ` -> ${path.relative(dataDir, event.to)}`}`);
    if (when(event)) lose(false);
  };
  const watch = new FileWatch(dataDir, { before: () => undefined, after });
  try {
    await runSql(dataDir, [statement.sql], statement.laterMs);
  } finally {
    watch.stop();
  }
  lose(true);
  return { losses, trace, dataDir };
};
