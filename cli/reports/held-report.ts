import { createObjects, createStateTable } from '../../src/lib/aws/index.ts';
import { createLakeItemStore, createRunFiles, reportOf, type HeldReport } from '../../src/lib/run/index.ts';
import type { Connection } from '../pipeline/connection.ts';

/** What gates hold back now, the oldest first. */
export const readHeld = async ({ clients, names }: Pick<Connection, 'clients' | 'names'>): Promise<HeldReport[]> => {
  const item = await createLakeItemStore(createStateTable(clients.dynamodb, names.lakeTable, 'item')).read();
  const { held } = await createRunFiles(createObjects(clients.s3, names.lakeBucket)).taken(item?.committed.takenKey ?? null);
  return held.map(reportOf);
};
