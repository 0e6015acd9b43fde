import path from 'node:path';
import { CliError, usageError } from '../cli-error.ts';
import { InputFileError } from './input-file-error.ts';
import type { InputFile } from './open-file.ts';
import { countRecords, inspect, readAppEvents, readShopEvents, readTransactionRows, readUsers } from './sources.ts';
import type { InspectedFile } from './sources.ts';

/** The options of `demo` and `publish` that name files. */
export interface InputOptions {
  events?: string[];
  shopEvents?: string[];
  transactions?: string[];
  users?: string;
}

/** A transactions file; `records` is missing where it cannot be read as CSV and so cannot be cut. */
export interface TransactionsFile {
  file: InputFile;
  records: number | undefined;
}

export interface GivenInput {
  events: InspectedFile[];
  shopEvents: InspectedFile[];
  transactions: TransactionsFile[];
  users: InspectedFile[];
  /** One line per file that is left out, or handed over although its content is wrong. */
  problems: string[];
}

export const hasInput = (options: InputOptions): boolean => [options.events, options.shopEvents, options.transactions, options.users].some((given) => given !== undefined);

/**
 * Reads every given file once, before anything is started. A file whose content is unusable is left out and named in
 * `problems`, so that the others go on; a transactions file goes to the SFTP server as it is, since quarantining it is
 * the pipeline's work.
 * @throws CliError where a file is missing or may not be read, or none is left.
 */
export const inspectInput = async (options: InputOptions, workingDirectory: string): Promise<GivenInput> => {
  const input: GivenInput = { events: [], shopEvents: [], transactions: [], users: [], problems: [] };
  const fileOf = (name: string): InputFile => ({ name, path: path.resolve(workingDirectory, name) });
  const add = async (files: readonly string[], read: (file: InputFile) => AsyncIterable<unknown>, list: InspectedFile[]): Promise<void> => {
    for (const name of files) {
      const inspected = await inspectOrExplain(() => inspect(fileOf(name), read), input.problems);
      if (inspected !== undefined) list.push(inspected);
    }
  };
  await add(options.events ?? [], readAppEvents, input.events);
  await add(options.shopEvents ?? [], readShopEvents, input.shopEvents);
  await add(options.users === undefined ? [] : [options.users], readUsers, input.users);
  for (const name of options.transactions ?? []) {
    const problems: string[] = [];
    // A header alone is the file of an hour without sales, which the pipeline takes as it is.
    const inspected = await inspectOrExplain(() => countRecords(fileOf(name), readTransactionRows), problems);
    input.transactions.push(inspected ?? { file: fileOf(name), records: undefined });
    input.problems.push(...problems.map((problem) => `${problem}; sent as it is, for the pipeline to quarantine`));
  }
  const usable = input.events.length + input.shopEvents.length + input.transactions.length + input.users.length;
  if (usable === 0) throw new CliError(input.problems.length > 0 ? input.problems.join('; ') : 'no input was given');
  return input;
};

const inspectOrExplain = async (inspectFile: () => Promise<InspectedFile>, problems: string[]): Promise<InspectedFile | undefined> => {
  try {
    return await inspectFile();
  } catch (error) {
    if (!(error instanceof InputFileError)) throw error;
    if (error.isUnreadable) throw new CliError(`cannot read ${error.file}: ${error.problem.replace(/^cannot be read: /, '')}`, { cause: error });
    problems.push(error.message);
    return undefined;
  }
};

/** @throws CliError (wrong use) where no file is named. */
export const requireInput = (options: InputOptions): void => {
  if (!hasInput(options)) throw usageError('name at least one file with --events, --shop-events, --transactions or --users');
};
