import { AFTER, BEFORE } from './retention-case.ts';
import { retentionKeepsTheRest } from './retention.ts';
import type { Delivery } from './scenario.ts';

/** In one delivery; the long tests play the batches one by one, with a backfill after them. */
const together = (batch: number, deliveries: readonly Delivery[]): Delivery[] => deliveries.map((delivery) => ({ ...delivery, batch }));

test('retention: what lies above the floor ends as ever, what is dated below it is quarantined', async () => {
  await retentionKeepsTheRest({ deliveries: [...together(1, BEFORE), ...together(2, AFTER)], floorDay: 30, backfills: false, goesBack: false });
}, 300_000);
