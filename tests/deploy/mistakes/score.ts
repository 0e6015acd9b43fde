import type { Template } from '../../../localcloud/cloudformation/index.ts';
import { CHECKS } from '../checks/index.ts';
import type { Deployment } from '../checks/index.ts';
import type { Mistake } from './mistake.ts';

/** What became of one mistake. */
export interface Verdict {
  kind: string;
  at: string;
  /** The check that found it, or Athena; undefined: nobody did. */
  foundBy: string | undefined;
  legal: string | undefined;
}

/** Those that judge a template; the cheap ones first. */
const OF_TEMPLATE = ['schemas', 'references', 'constraints', 'policies', 'limits', 'services', 'order', 'safety', 'environment', 'permissions', 'workflows'] as const;

/** Makes the mistake in a copy of the deployment's template, and asks check after check until one finds it. */
export const judged = (deployment: Deployment, { kind, at, make, legal }: Mistake<Template>): Verdict => {
  const template = structuredClone(deployment.template);
  make(template);
  return { kind, at, legal, foundBy: OF_TEMPLATE.find((name) => finds(name, { ...deployment, template })) };
};

/** A check that cannot go on fails `npm test` as well. */
const finds = (name: keyof typeof CHECKS, deployment: Deployment): boolean => {
  try {
    return CHECKS[name](deployment).length > 0;
  } catch {
    return true;
  }
};

/** Mistakes that nobody found although AWS would refuse them. */
export const missedIn = (verdicts: readonly Verdict[]): string[] => verdicts.filter(({ foundBy, legal }) => foundBy === undefined && legal === undefined).map(({ kind, at }) => `${kind}: ${at}`);

/** One line for each kind of mistake: how many were made, who found them, and why AWS takes the rest. */
export const scoreOf = (verdicts: readonly Verdict[]): string => {
  const kinds = [...new Set(verdicts.map(({ kind }) => kind))];
  const total = verdicts.filter(({ foundBy }) => foundBy !== undefined).length;
  return [`${verdicts.length} mistakes, ${total} found`, ...kinds.map((kind) => `  ${kind}: ${outcomes(verdicts.filter((verdict) => verdict.kind === kind))}`)].join('\n');
};

const outcomes = (verdicts: readonly Verdict[]): string => {
  const counts = new Map<string, number>();
  for (const { foundBy, legal } of verdicts) {
    const outcome = foundBy ?? (legal === undefined ? 'NOT FOUND' : `legal (${legal})`);
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }
  return [...counts].map(([outcome, count]) => `${outcome} ${count}`).join(', ');
};
