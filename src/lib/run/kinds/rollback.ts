import { decisionsSince, findCommittedRun } from '../history.ts';
import { NO_OBJECTS, windowStartOf, type RunKindDefinition } from './kind.ts';

/**
 * Back to what an earlier run committed: the tables, the list of taken objects and the floor of retention together. The next load looks for objects from then on. What
 * persons have decided about quarantined records since then is kept.
 */
export const rollback: RunKindDefinition = {
  request({ to }) {
    if (typeof to !== 'string' || to === '') throw new Error('a rollback needs `to`: the id of a committed run, or a time');
    return { to };
  },
  async input({ ports, config, request, committed }) {
    const { runId, tables, takenKey, searchFrom, committedAt, backfill = null, floor = null } = await findCommittedRun(ports.objects, committed.runId, request.to ?? '');
    const since = searchFrom ?? committedAt;
    const decisions = await decisionsSince(ports.objects, committed.runId, runId);
    return { objects: NO_OBJECTS, takenKey, windowStart: windowStartOf(new Date(since), config), searchFrom: since, backfill, floor, target: { runId, tables }, decisions };
  },
  stages: ({ decisions = [] }) => (decisions.length === 0 ? [] : [['kept-decisions']]),
};
