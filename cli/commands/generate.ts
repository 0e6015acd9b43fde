import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { CliError, reasonOf, usageError } from '../cli-error.ts';
import type { CommandContext } from '../command-context.ts';
import { toSettings } from '../generate/settings.ts';
import { writeFiles } from '../generate/write-files.ts';
import type { WrittenFile } from '../generate/write-files.ts';
import { formatCount } from '../output/format.ts';
import { createProgress } from '../output/progress.ts';
import { renderTable } from '../output/table.ts';

export interface GenerateCommandOptions {
  out: string;
  config?: string;
  gzip?: boolean;
  json?: boolean;
  span?: number;
  [setting: string]: unknown;
}

/** Flags that are settings of the generator under the same name. */
const settingFlags = ['seed', 'until', 'users', 'sessions', 'events', 'shopEvents', 'transactions', 'lateRate', 'duplicateRate', 'brokenRate', 'changedUserRate'] as const;

/** `floe generate`: writes the files and prints what is in them. */
export const generate = async (options: GenerateCommandOptions, context: CommandContext): Promise<void> => {
  const fromFile = options.config === undefined ? {} : await readConfig(path.resolve(context.workingDirectory, options.config), options.config);
  if (options.config !== undefined) toSettings(fromFile, options.config, context.now());
  const flags = Object.fromEntries(settingFlags.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]));
  if (options.span !== undefined) flags['spanMinutes'] = options.span;
  const settings = toSettings({ ...fromFile, ...flags }, 'generate', context.now());

  const progress = createProgress(context.terminal);
  try {
    const written = await writeFiles(settings, {
      folder: path.resolve(context.workingDirectory, options.out),
      gzip: options.gzip === true,
      onProgress: (file, done, total) => {
        context.signal.throwIfAborted();
        progress.update(file, done, total);
      },
    });
    progress.stop();
    print(written, options, context);
  } finally {
    progress.stop();
  }
};

const readConfig = async (file: string, shown: string): Promise<Record<string, unknown>> => {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new CliError(`cannot read ${shown}: ${reasonOf(cause)}`, { cause });
  }
  const { parse } = await import('yaml');
  let value: unknown;
  try {
    value = parse(text);
  } catch (cause) {
    throw usageError(`${shown} is neither YAML nor JSON: ${reasonOf(cause)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw usageError(`${shown} must hold options as "name: value"`);
  return value as Record<string, unknown>;
};

const print = (written: readonly WrittenFile[], options: GenerateCommandOptions, { terminal, workingDirectory }: CommandContext): void => {
  if (options.json === true) {
    terminal.print(JSON.stringify({ files: written }, null, 2));
    return;
  }
  const rows = written.map(({ file, records, kinds }) => [path.relative(workingDirectory, file), ...[records, kinds.late, kinds.duplicate, kinds.broken].map(formatCount)]);
  const numbers = ['records', 'late', 'duplicates', 'broken'].map((title) => ({ title, align: 'right' as const }));
  terminal.print(renderTable([{ title: 'file' }, ...numbers], rows, { style: terminal.style }));
};
