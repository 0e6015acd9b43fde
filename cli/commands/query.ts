import { text } from 'node:stream/consumers';
import type { CommandContext } from '../command-context.ts';
import { usageError } from '../cli-error.ts';
import { openLake } from '../pipeline/open-lake.ts';
import { formatBytes, plural } from '../output/format.ts';
import { renderResult } from '../output/render-result.ts';
import type { ResultFormat } from '../output/render-result.ts';

export interface QueryOptions {
  dataDir?: string;
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
  const lake = await openLake(options.dataDir, context);
  try {
    const result = await lake.ask(sql, options.database);
    const rendered = renderResult(result, format, terminal.style);
    if (rendered !== '') terminal.print(rendered);
    if (format === 'table') terminal.note(terminal.noteStyle.dim(`${plural(result.rows.length, 'row')}, ${formatBytes(result.bytesScanned)} scanned`));
  } finally {
    await lake.close();
  }
};
