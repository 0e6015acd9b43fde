/**
 * A claim fixes the partition its objects are written to, so that a retry writes the same objects. One that is taken up again
 * after this many days moves to today's partition: runs look for new objects in the partitions of the last 8 days only. What was
 * written before has been taken by then; an object that is written twice is recognised by its rows.
 */
const CLAIM_DAYS = 6;

/** @param claimedAt bronze's text, UTC */
export const isStaleClaim = (claimedAt: string, now: Date): boolean => now.getTime() - Date.parse(`${claimedAt.replace(' ', 'T')}Z`) > CLAIM_DAYS * 86_400_000;
