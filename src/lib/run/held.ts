import type { Finding } from '../quality/index.ts';
import type { HoldingRule } from './rules.ts';
import type { HeldObjects, RunInput, TakenObjects } from './run-files.ts';
import type { SourceName } from './sources.ts';

/** What holds back objects, as people are told of it. */
export interface HeldReport {
  source: SourceName;
  rule: HoldingRule;
  figure: string;
  /** Athena SQL that shows the rows meant. */
  query: string;
  objects: number;
  runId: string;
  since: string;
}

/** What a gate found: Athena SQL shows the rows meant. */
export type FindingReport = Finding & { source: string; query: string };

export const heldEntry = (input: RunInput, source: SourceName, held: Pick<HeldObjects, 'rule' | 'figure' | 'query' | 'objects'>): HeldObjects => ({ ...held, source, runId: input.runId, since: input.startedAt });

export const reportOf = ({ source, rule, figure, query, objects, runId, since }: HeldObjects): HeldReport => ({ source, rule, figure, query, objects: objects.length, runId, since });

/** Objects are held under one rule at a time: the latest. Entries without objects go. */
export const withHeld = (before: readonly HeldObjects[], added: readonly HeldObjects[], taken: Iterable<string> = []): HeldObjects[] => {
  const gone = new Set([...taken, ...added.flatMap(({ objects }) => objects)]);
  return [...before.map((entry) => ({ ...entry, objects: entry.objects.filter((uri) => !gone.has(uri)) })).filter(({ objects }) => objects.length > 0), ...added];
};

export const countHeld = (held: readonly { objects: readonly string[] }[]): number => held.reduce((sum, { objects }) => sum + objects.length, 0);

/** Objects held of a source. */
export const heldOf = ({ held }: Pick<TakenObjects, 'held'>, source: SourceName): number => countHeld(held.filter((entry) => entry.source === source));
