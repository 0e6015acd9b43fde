import { oneLine, plural } from './format.ts';
import type { Terminal } from './terminal.ts';

/** What a gate holds back (HeldReport of src/lib/run), as far as it is shown. */
export interface ShownHeld {
  source: string;
  rule: string;
  figure: string;
  query: string;
  objects: number;
  /** ISO 8601, UTC. */
  since: string;
}

/** A finding of the audit that did not refuse the run. */
export interface ShownFinding {
  rule: string;
  figure: string;
  query: string;
  verdict: string;
}

/**
 * What is held back, by which rule and since when, how to look at it and how to release it.
 * @param floe how a command reaches the same pipeline
 */
export const printHeld = (held: readonly ShownHeld[], floe: string, { print, style }: Pick<Terminal, 'print' | 'style'>, indent = ''): void => {
  for (const { source, rule, figure, query, objects, since } of held) {
    print(`${indent}${style.yellow('held back')}  ${source}, ${plural(objects, 'object')} since ${since}: ${rule}`);
    print(`${indent}  what     ${oneLine(figure)}`);
    print(`${indent}  look     ${style.dim(queryCommand(query, floe))}`);
    print(`${indent}  release  ${style.dim(`${floe} run --accept ${rule} --source ${source}`)}`);
  }
};

export const printFindings = (findings: readonly ShownFinding[], floe: string, { print, style }: Pick<Terminal, 'print' | 'style'>, indent = ''): void => {
  for (const { rule, figure, query, verdict } of findings) {
    print(`${indent}${style.yellow('found')}  ${rule}: ${oneLine(figure)} (${verdict === 'accepted' ? 'accepted' : 'it was so before this run'})`);
    print(`${indent}  look     ${style.dim(queryCommand(query, floe))}`);
  }
};

/** The command that asks a statement, for a POSIX shell: within double quotes it would read \ $ ` and " itself. */
const queryCommand = (sql: string, floe: string): string => `${floe} query "${oneLine(sql).replace(/[\\$`"]/g, '\\$&')}"`;
