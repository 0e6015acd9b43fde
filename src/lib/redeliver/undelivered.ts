import type { Objects } from '../aws/index.ts';
import type { ErrorLedger, ErrorObject } from './error-ledger.ts';
import { countLines } from './lines.ts';

/** Where Firehose writes the records it could not deliver (resources/streams.yml). */
const ERROR_PREFIX = 'errors/events/';

export interface ErrorPrefixPorts {
  objects: Pick<Objects, 'list' | 'read'>;
  errorLedger: Pick<ErrorLedger, 'find'>;
}

/** An object below the error prefix whose records are not all in bronze. */
export interface UndeliveredObject {
  key: string;
  /** undefined where no re-drive has looked at it yet. */
  known: ErrorObject | undefined;
}

/** Ledger items asked for at once. */
const AT_ONCE = 16;

/** The objects that wait to be driven again, in the order of their keys; done ones are not opened. */
export const findUndelivered = async ({ objects, errorLedger }: ErrorPrefixPorts): Promise<UndeliveredObject[]> => {
  const keys: string[] = [];
  for await (const { key, sizeBytes } of objects.list(ERROR_PREFIX)) if (sizeBytes > 0) keys.push(key);
  const found: UndeliveredObject[] = [];
  for (let at = 0; at < keys.length; at += AT_ONCE) {
    const asked = await Promise.all(keys.slice(at, at + AT_ONCE).map(async (key) => ({ key, known: await errorLedger.find(key) })));
    found.push(...asked.filter(({ known }) => known?.state !== 'done'));
  }
  return found;
};

/** Records Firehose could not deliver and no re-drive has brought to bronze. */
export interface Undelivered {
  objects: number;
  /** In the objects that have been counted: each is at its first re-drive. */
  records: number;
  /** Objects not counted yet. */
  uncounted: number;
}

export const sumUndelivered = (found: readonly UndeliveredObject[]): Undelivered => ({
  objects: found.length,
  records: found.reduce((sum, { known }) => sum + (known ? known.records - known.records_done : 0), 0),
  uncounted: found.filter(({ known }) => known === undefined).length,
});

/** @throws Error where there is no such object */
export const countRecords = async (objects: Pick<Objects, 'read'>, key: string): Promise<number> => {
  const pieces = await objects.read(key);
  if (!pieces) throw new Error(`${key} is not there any more`);
  return countLines(pieces);
};

/** All of them, those of objects no re-drive has looked at included: these are read. */
export const countUndelivered = async (ports: ErrorPrefixPorts): Promise<Undelivered> => {
  const found = await findUndelivered(ports);
  const sum = sumUndelivered(found);
  for (const { key, known } of found) if (!known) sum.records += await countRecords(ports.objects, key);
  return { ...sum, uncounted: 0 };
};
