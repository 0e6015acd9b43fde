import { newObjects } from '../bronze-objects.ts';
import type { RunInput } from '../run-files.ts';
import { SOURCE_NAMES, type SourceName } from '../sources.ts';
import { searchStart, windowStartOf, type RunKindDefinition } from './kind.ts';

/** What came in since the last run. */
export const load: RunKindDefinition = {
  request: () => ({}),
  async input(context) {
    const { ports, config, request, committed, now } = context;
    const since = searchStart(context);
    const windowStart = windowStartOf(since, config);
    const limit = Math.min(config.settings.maxObjectsPerSource, committed.backoff?.objectLimit ?? Infinity);
    const search = { taken: await ports.files.taken(committed.takenKey), accepted: request.accept, windowStart, now, limit };
    const found = await Promise.all(SOURCE_NAMES.map(async (source) => [source, await newObjects(ports, source, search)] as const));
    const mayHaveMore = found.some(([, objects]) => objects.length >= limit);
    const objects = Object.fromEntries(found) as Record<SourceName, string[]>;
    return { objects, takenKey: committed.takenKey, windowStart, searchFrom: mayHaveMore ? since.toISOString() : null };
  },
  stages: (input) => loadStages(input),
};

/** The phases of the sources that have objects, then what follows from them. */
export const loadStages = ({ objects }: RunInput): string[][] => {
  const sources = SOURCE_NAMES.filter((source) => objects[source].length > 0);
  return sources.length === 0 ? [] : [sources, ['gold'], ['audit']];
};
