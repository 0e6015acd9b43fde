import { SOURCE_NAMES, SOURCES, SWEEP_PHASES } from '../sources.ts';
import { auditPhase } from './audit.ts';
import { goldPhase } from './gold.ts';
import { maintenancePhase } from './maintenance.ts';
import { decisionPhase, keptDecisionsPhase } from './quarantine.ts';
import type { Phase } from './phase.ts';
import { retentionPhase } from './retention.ts';
import { createSourcePhase } from './source.ts';
import { createSweepPhase } from './sweep.ts';

const PHASES: ReadonlyMap<string, Phase<unknown>> = new Map<string, Phase<unknown>>([
  ...SOURCE_NAMES.map((name): [string, Phase<unknown>] => [name, createSourcePhase(SOURCES[name])]),
  ...SWEEP_PHASES.map((name): [string, Phase<unknown>] => [name, createSweepPhase(name)]),
  ['gold', goldPhase],
  ['audit', auditPhase],
  ['maintenance', maintenancePhase],
  ['decision', decisionPhase],
  ['kept-decisions', keptDecisionsPhase],
  ['retention', retentionPhase],
]);

/** @throws Error where a run has no such phase */
export const phaseOf = (name: string): Phase<unknown> => {
  const phase = PHASES.get(name);
  if (phase === undefined) throw new Error(`a run has no phase ${name}`);
  return phase;
};
