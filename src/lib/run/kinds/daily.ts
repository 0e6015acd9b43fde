import { SWEEP_PHASES } from '../sources.ts';
import { inputWithoutObjects, type RunKindDefinition } from './kind.ts';

/** What lies farther apart than a load looks. */
export const sweep: RunKindDefinition = {
  request: () => ({}),
  input: async (context) => inputWithoutObjects(context),
  stages: () => [[...SWEEP_PHASES], ['gold'], ['audit']],
};

/** The tables' files and snapshots. */
export const maintenance: RunKindDefinition = {
  request: () => ({}),
  input: async (context) => inputWithoutObjects(context),
  stages: () => [['maintenance']],
};
