import { createObjects, createStateTable } from '../../src/lib/aws/index.ts';
import { createTableSnapshots } from '../../src/lib/lake/index.ts';
import { createLakeItemStore, type LakeItemStore, type RunSummary } from '../../src/lib/run/index.ts';
import { expectedState, playInBatches, stateOf } from '../properties/order.ts';
import { BATCHES, type Delivery } from '../properties/scenario.ts';
import { daysAgo, type TestLake } from '../support/test-lake.ts';

export const lakeItemOf = ({ clients }: TestLake): LakeItemStore => createLakeItemStore(createStateTable(clients.dynamodb, 'floe-dev-lake', 'item'));

/** Changes tables by hand and makes that the lake's committed state, as if a run had done the damage. */
export const damage = async (lake: TestLake, statements: readonly string[]): Promise<void> => {
  for (const statement of statements) await lake.query(statement);
  const { clients } = lake;
  const lakeItem = lakeItemOf(lake);
  const snapshots = createTableSnapshots({ glue: clients.glue, objects: createObjects(clients.s3, 'floe-dev-lake-000000000000'), databasePrefix: '' });
  const item = await lakeItem.read();
  if (item === undefined) throw new Error('no run has committed yet');
  await lakeItem.write(item, { ...item, committed: { ...item.committed, tables: await snapshots.current() } });
};

/** All steps of a backfill of the last days. */
export const backfillDays = async (lake: TestLake, days: number): Promise<RunSummary[]> => {
  const range = { from: daysAgo(days), to: daysAgo(0) };
  const steps = [await lake.backfill(range)];
  for (let next = steps[0]!.backfill!.next; next !== null; next = steps.at(-1)!.backfill!.next) steps.push(await lake.backfill(range, next));
  return steps;
};

let scenarios = 0;

/** Whatever is lost or damaged of a scenario, a backfill brings it back; a second one changes nothing. */
export const backfillBringsBack = async (lake: TestLake, deliveries: readonly Delivery[], lost: number): Promise<void> => {
  const prefix = `lost${(scenarios += 1)}`;
  await playInBatches(lake, prefix, deliveries);
  await lake.sweep();
  /** Some of the rows of the scenario, others for another number. */
  const some = (key: string): string => `${key} LIKE '${prefix}-%' AND crc32(to_utf8(${key})) % 3 = ${lost}`;
  await damage(lake, [
    `DELETE FROM silver.events WHERE ${some('event_id')}`,
    `DELETE FROM silver.transactions WHERE ${some('transaction_id')}`,
    `DELETE FROM silver.users WHERE ${some("concat(user_id, CAST(valid_from AS varchar))")}`,
    `UPDATE gold.user_session_analysis SET total_events = 99, country = 'XX', data_version = 0 WHERE ${some('session_id')}`,
    `DELETE FROM gold.user_session_analysis WHERE ${some('concat(session_id, user_id)')}`,
  ]);
  await backfillDays(lake, BATCHES);
  expect(await stateOf(lake, prefix)).toEqual(expectedState(deliveries));
  expect((await backfillDays(lake, BATCHES)).map(({ changedTables }) => changedTables)).toEqual([[]]);
};
