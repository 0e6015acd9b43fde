import { createBronzeWriter, isStaleClaim } from '../bronze/index.ts';
import { timestampOf } from '../contracts/index.ts';
import type { RemoteFile } from './file-server.ts';
import type { FileOutcome, FilesConfig, FilesPorts } from './ingest-transactions.ts';
import { inspect } from './inspect.ts';
import type { Content, Sighting } from './ledger.ts';
import { sightingKey } from './ledger.ts';
import { createParts } from './parts.ts';
import type { SpooledFile } from './spool.ts';
import { fileProblemRow, requiredTransactionFields } from './transaction-row.ts';

/** Objects are named by content hash and part: the same content always writes the same objects. */
const partKey = (content: Content, hash: string, part: string): string => `bronze/transactions/ingestion_date=${content.ingestion_date}/${hash}-${part}.parquet`;

const newContent = (file: RemoteFile, spooled: SpooledFile, now: string, partBytes: number): Content => ({
  state: 'claimed',
  sighting: sightingKey(file),
  source_file: file.path,
  arrival_timestamp: timestampOf(file.modifiedMillis),
  ingestion_date: now.slice(0, 10),
  ingestion_timestamp: now,
  size_bytes: spooled.sizeBytes,
  part_bytes: partBytes,
  parts_done: 0,
  rows: 0,
  quarantined: 0,
});

/** Writes a settled file's rows to bronze, going on after the last part that is there, and records its end in the ledger. */
export const ingestContent = async (file: RemoteFile, sighting: Sighting, spooled: SpooledFile, ports: FilesPorts, config: FilesConfig): Promise<FileOutcome> => {
  const { ledger, objects, clock, remainingMillis } = ports;
  const hash = spooled.contentHash;
  const now = (): string => timestampOf(clock().getTime());
  const outcome: FileOutcome = { file: file.path, state: 'done', rows: 0, quarantined: 0, parts: 0, unknownFields: new Map() };

  const endSighting = async (content: Content): Promise<FileOutcome> => {
    const own = content.sighting === sightingKey(file);
    const state = own && content.state !== 'claimed' ? content.state : 'duplicate';
    const reason = own ? content.reason : `same content as ${content.source_file}`;
    await ledger.saveSighting(file, {
      ...sighting,
      state,
      content_hash: hash,
      finished_at: now(),
      ...(own ? {} : { duplicate_of: content.source_file }),
      ...(reason === undefined ? {} : { reason }),
    });
    return { ...outcome, state, ...(reason === undefined ? {} : { reason }) };
  };

  const fail = async (content: Content, problem: string): Promise<FileOutcome> => {
    const context = { sourceFile: content.source_file, arrivalTimestamp: content.arrival_timestamp, ingestionTimestamp: content.ingestion_timestamp };
    const writer = createBronzeWriter('transactions');
    writer.append(fileProblemRow(context, { contentHash: hash, sizeBytes: spooled.sizeBytes, problem }));
    await objects.put(partKey(content, hash, 'file'), writer.finish());
    const failed: Content = { ...content, state: 'failed', reason: problem, rows: 1, quarantined: 1, finished_at: now() };
    await ledger.advance(hash, content, failed);
    outcome.rows = 1;
    outcome.quarantined = 1;
    return endSighting(failed);
  };

  const writeParts = async (claimed: Content, header: string, fieldNames: readonly string[]): Promise<FileOutcome> => {
    const context = { sourceFile: claimed.source_file, arrivalTimestamp: claimed.arrival_timestamp, ingestionTimestamp: claimed.ingestion_timestamp, header, fieldNames };
    let content = claimed;
    for await (const part of createParts(spooled, context, content.part_bytes, content.parts_done)) {
      await objects.put(partKey(content, hash, `part-${String(part.number).padStart(5, '0')}`), part.bytes);
      const next: Content = { ...content, parts_done: part.number, rows: content.rows + part.rows, quarantined: content.quarantined + part.quarantined };
      if (!(await ledger.advance(hash, content, next))) return { ...outcome, state: 'unfinished', reason: 'another run is reading it' };
      content = next;
      outcome.rows += part.rows;
      outcome.quarantined += part.quarantined;
      outcome.parts += 1;
      for (const [name, times] of part.unknownFields) outcome.unknownFields?.set(name, (outcome.unknownFields.get(name) ?? 0) + times);
      if (remainingMillis() < config.reserveMillis) return { ...outcome, state: 'unfinished', reason: 'no time left' };
    }
    const done: Content = { ...content, state: 'done', finished_at: now() };
    await ledger.advance(hash, content, done);
    return endSighting(done);
  };

  const known = await ledger.content(hash);
  if (known && known.state !== 'claimed') return endSighting(known);
  const claimed = known ?? (await ledger.claim(hash, newContent(file, spooled, now(), config.partBytes)));
  const content = isStaleClaim(claimed.ingestion_timestamp, clock()) ? { ...claimed, ingestion_date: now().slice(0, 10), ingestion_timestamp: now() } : claimed;
  if (content !== claimed && !(await ledger.advance(hash, claimed, content))) return { ...outcome, state: 'unfinished', reason: 'another run is reading it' };
  await ledger.saveSighting(file, { ...sighting, state: 'claimed', content_hash: hash });
  const inspection = await inspect(spooled, requiredTransactionFields);
  return inspection.ok ? writeParts(content, inspection.header, inspection.fieldNames) : fail(content, inspection.problem);
};
