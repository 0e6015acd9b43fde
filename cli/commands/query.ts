import { text } from 'node:stream/consumers';
import type { CommandContext } from '../command-context.ts';
import { usageError } from '../cli-error.ts';
import { withLake } from '../pipeline/with-lake.ts';
import type { TargetOptions } from '../pipeline/target.ts';
import { formatBytes, plural } from '../output/format.ts';
import { databaseIn } from '../reports/lake-reader.ts';
import { renderResult } from '../output/render-result.ts';
import type { ResultFormat } from '../output/render-result.ts';

export interface QueryOptions extends TargetOptions {
  database: string;
  format: ResultFormat;
  json?: boolean;
}

/** `floe query`: the rows on standard output, how many and what they cost on standard error. */
export const query = async (statement: string, options: QueryOptions, context: CommandContext): Promise<void> => {
  const { terminal } = context;
  const sql = statement === '-' ? await text(process.stdin) : statement;
  if (sql.trim() === '') throw usageError('the statement is empty');
  const format = options.json === true ? 'json' : options.format;
  await withLake(options, context, async (lake) => {
    const result = await lake.ask(sql, databaseIn(lake, options.database));
    const rendered = renderResult(result, format, terminal.style);
    if (rendered !== '') terminal.print(rendered);
    if (format === 'table') terminal.note(terminal.noteStyle.dim(`${plural(result.rows.length, 'row')}, ${formatBytes(result.bytesScanned)} scanned`));
  });
};
