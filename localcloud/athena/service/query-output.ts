import { randomUUID } from 'node:crypto';
import { renameSync } from 'node:fs';
import path from 'node:path';
import { makeFolder, syncFolder, writeSynced } from '../../core/files.ts';
import type { ObjectStore } from '../../core/ports.ts';
import { encodeMetadata } from '../results/metadata-file.ts';
import type { ResultFileWriter } from '../results/result-file.ts';
import type { StatementResult } from '../types.ts';
import type { Execution } from './executions.ts';
import { resultKind } from './statement-class.ts';

/** Names in the output folder; undefined for files the statement has not. */
export interface QueryOutput {
  resultFile: string | undefined;
  manifestFile: string | undefined;
}

/**
 * Puts a finished query's files into its output folder: `<id>.csv` or `.txt`, `<id>-manifest.csv` with a URI on each line for what
 * wrote rows, and the metadata of either
 * (https://docs.aws.amazon.com/athena/latest/ug/querying-finding-output-files.html).
 */
export const writeOutput = (
  execution: Pick<Execution, 'id' | 'outputFolder'>,
  kind: ReturnType<typeof resultKind>,
  result: StatementResult,
  writer: ResultFileWriter,
  parts: { store: Pick<ObjectStore, 'fileOf'>; temporaryFolder: string },
): QueryOutput => {
  const { id, outputFolder } = execution;
  const put = (name: string, body: string | Buffer): void => {
    const file = parts.store.fileOf(outputFolder + name);
    const temporary = path.join(parts.temporaryFolder, `result-${randomUUID()}`);
    makeFolder(path.dirname(file));
    writeSynced(temporary, body);
    renameSync(temporary, file);
    syncFolder(path.dirname(file));
  };
  const { files } = result.statistics;
  const resultFile = kind === 'none' ? undefined : `${id}.${kind}`;
  const manifestFile = files === undefined ? undefined : `${id}-manifest.csv`;
  if (manifestFile !== undefined) put(manifestFile, (files ?? []).map((uri) => `${uri}\n`).join(''));
  put(`${resultFile ?? id}.metadata`, encodeMetadata(result.columns));
  if (resultFile !== undefined) writer.finish(parts.store.fileOf(outputFolder + resultFile)); // last: with it the result is there
  return { resultFile, manifestFile };
};
