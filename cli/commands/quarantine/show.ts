import { judgeAnew } from '../../../src/lib/quarantine/index.ts';
import { CliError } from '../../cli-error.ts';
import type { CommandContext } from '../../command-context.ts';
import type { TargetOptions } from '../../pipeline/target.ts';
import { withLake } from '../../pipeline/with-lake.ts';
import { renderRecord } from '../../output/render-quarantine.ts';
import { readRecords } from '../../reports/quarantine-records.ts';
import type { QuarantineRow } from '../../reports/quarantine-records.ts';

export interface ShowOptions extends TargetOptions {
  json?: boolean;
}

/** `floe quarantine show HASH` */
export const show = async (hash: string, options: ShowOptions, context: CommandContext): Promise<void> =>
  withLake(options, context, async (lake) => {
    const [record, another] = await readRecords(lake, { hash: [hash] }, 2);
    if (record === undefined) throw new CliError(`no quarantined record has a record_hash that begins with ${hash}`);
    if (another !== undefined) throw new CliError(`several quarantined records have a record_hash that begins with ${hash}; give more of it`);
    const today = reasonsToday(record, context.now());
    if (options.json === true) context.terminal.print(JSON.stringify({ ...record, reasonsToday: today }, null, 2));
    else context.terminal.print(renderRecord(record, today, context.terminal));
  });

/** What today's contract says; null where the payload lies elsewhere and has not been read. */
const reasonsToday = ({ payload, payloadEncoding, origins, ...record }: QuarantineRow, now: Date): readonly string[] | null => {
  if (payload === null) return null;
  const judged = judgeAnew({ ...record, bytes: Buffer.from(payload, payloadEncoding), origin: origins[0] ?? '' }, null, now);
  return judged.ok ? [] : judged.reasons;
};
