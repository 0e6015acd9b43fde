import { joinFigures } from '../quality/index.ts';
import type { Snapshots } from '../lake/index.ts';
import { chunksOf } from './dates.ts';
import { heldEntry, type FindingReport } from './held.ts';
import { lookAtAudit, lookAtObjects } from './look.ts';
import { commonParameters, pathParameters, sourceParameters } from './phases/phase.ts';
import type { AuditFacts } from './phases/audit.ts';
import type { SourceFacts } from './phases/source.ts';
import type { RunConfig, RunPorts } from './ports.ts';
import { AUDIT_RULE, FAILED_RULE, UNREADABLE_RULE } from './rules.ts';
import type { HeldObjects, RunInput } from './run-files.ts';
import { isSourceName, SOURCE_NAMES, SOURCES, type SourceName } from './sources.ts';
import { contextOf } from './step.ts';
import type { FailedStatement } from './undo.ts';

export interface Failure {
  /** Name and text of what ended the run. */
  error: string;
  cause: string;
  /** Its statements that FAILED. */
  statements: readonly FailedStatement[];
  /** The tables as the run left them. */
  tables: Snapshots;
  /** Loads in a row that have failed, this one included. */
  failures: number;
}

/** What a failed run found, and which of its objects must not come into the next one. */
export interface Blame {
  findings: FindingReport[];
  held: HeldObjects[];
}

/**
 * What is to blame for a failed run, as far as that can be told: the audit's findings hold back all of the run's objects, an
 * object that Athena cannot read is held back alone, and so is one that a run has failed on with nothing else in it. After any
 * other failure nothing is held: the next run tries again.
 */
export const blame = async (ports: RunPorts, config: RunConfig, input: RunInput, failure: Failure): Promise<Blame> => {
  if (failure.error === 'AuditFailedError') return auditBlame(ports, config, input, failure);
  const unreadable = await unreadableObjects(ports, config, input, failure.statements);
  if (unreadable.length > 0) return { findings: [], held: unreadable };
  return { findings: [], held: isAlone(input) && failure.failures > 1 && !isTransient(failure) ? await lastSuspects(ports, config, input, failure) : [] };
};

const auditBlame = async (ports: RunPorts, config: RunConfig, input: RunInput, { tables }: Failure): Promise<Blame> => {
  const facts = (await ports.files.progress<AuditFacts>(input.runId, 'audit'))?.facts;
  const blocking = (facts?.findings ?? []).filter(({ verdict }) => verdict === 'blocks');
  const findings = await Promise.all(blocking.map(async ({ rule, source, figure }) => ({ rule, source, figure, query: await lookAtAudit(ports, config, input, { rule, source }, tables) })));
  const merged = await mergedSources(ports, input);
  const held = merged.map((source) => {
    const own = findings.find((finding) => finding.source === source) ?? findings[0];
    return heldEntry(input, source, { rule: AUDIT_RULE, figure: joinFigures(findings), query: own?.query ?? '', objects: [...input.objects[source]] });
  });
  return { findings, held };
};

/** Those with objects but for what the preflight refused: the next run judges them anew, and holds them under their own rule. */
const mergedSources = async (ports: RunPorts, input: RunInput): Promise<SourceName[]> => {
  const merged = await Promise.all(
    SOURCE_NAMES.map(async (source) => {
      const findings = (await ports.files.progress<SourceFacts>(input.runId, source))?.facts.findings ?? [];
      return input.objects[source].length > 0 && findings.length === 0 ? [source] : [];
    }),
  );
  return merged.flat();
};

/** Athena's errors about a file it has read; the same names come with a file it could not get, which passes by itself. */
const BAD_OBJECT = /^(?:HIVE_BAD_DATA|HIVE_CURSOR_ERROR|HIVE_CANNOT_OPEN_SPLIT|HIVE_INVALID_METADATA|HIVE_UNKNOWN_ERROR|GENERIC_INTERNAL_ERROR)\b/;
const BUSY = /SlowDown|Slow Down|Throttl|TooManyRequests|Too Many Requests|ServiceUnavailable|Service Unavailable|RequestTimeout|Status Code: 5\d\d/i;

/** Those of the objects that Athena's reasons name. */
export const namedObjects = (reasons: readonly string[], objects: readonly string[]): string[] => {
  const telling = reasons.filter((reason) => BAD_OBJECT.test(reason) && !BUSY.test(reason));
  return objects.filter((uri) => telling.some((reason) => reason.includes(uri.slice('s3://'.length))));
};

const unreadableObjects = async (ports: RunPorts, config: RunConfig, input: RunInput, statements: readonly FailedStatement[]): Promise<HeldObjects[]> => {
  const entries = await Promise.all(
    SOURCE_NAMES.map(async (source) => {
      const reasons = statements.map(({ reason }) => reason);
      const named = namedObjects(reasons, input.objects[source]);
      if (named.length === 0) return [];
      const { objects, untold } = await withOthersAlike(ports, config, input, source, named);
      const known = `${objects.length} of ${input.objects[source].length} objects cannot be read: ${shortened(reasons.find((reason) => namedObjects([reason], named).length > 0) ?? '')}`;
      const figure = untold === null ? known : `${known}; there may be more, which could not be asked: ${shortened(untold)}`;
      return [heldEntry(input, source, { rule: UNREADABLE_RULE, figure, query: await lookAtObjects(ports, config, input, UNREADABLE_RULE, source, objects), objects })];
    }),
  );
  return entries.flat();
};

/**
 * Athena names one object and stops. The others are looked at here, so that many of them cost one run and not one run each.
 * @returns untold: why a look ended without an answer, so that there may be more; null where all were looked at
 */
const withOthersAlike = async (ports: RunPorts, config: RunConfig, input: RunInput, source: SourceName, named: readonly string[]): Promise<{ objects: string[]; untold: string | null }> => {
  const found = [...named];
  let untold: string | null = null;
  for (const group of chunksOf(input.objects[source], config.settings.maxPathsPerStatement)) {
    let next: string[];
    do {
      const rest = group.filter((uri) => !found.includes(uri));
      const reason = await whyUnreadable(ports, config, input, source, rest);
      next = reason === null ? [] : namedObjects([reason], rest);
      if (next.length === 0) untold ??= reason;
      found.push(...next);
    } while (next.length > 0);
  }
  return { objects: found, untold };
};

/** Athena's reason for not reading one of the objects, or for anything else; null where it read them all. */
const whyUnreadable = async (ports: RunPorts, config: RunConfig, input: RunInput, source: SourceName, objects: readonly string[]): Promise<string | null> => {
  if (objects.length === 0) return null;
  const parameters = { ...commonParameters(contextOf(ports, config, input)), ...sourceParameters(input, SOURCES[source]), ...pathParameters(objects) };
  return ports.queries.failure(await ports.statements.render('gates/preflight', parameters));
};

/** Was there no more than one object of each source? */
const isAlone = ({ objects }: RunInput): boolean => SOURCE_NAMES.every((source) => objects[source].length <= 1);

/** Failures that another try may well not meet. */
const isTransient = ({ error, cause }: Failure): boolean => /^(?:Lambda\.|Sandbox\.|States\.Timeout|RunLostError|LakeItemChangedError)/.test(error) || /ICEBERG_COMMIT_ERROR/.test(cause) || BUSY.test(cause);

/** Of the source whose statement failed; where that was none of theirs, of all. */
const lastSuspects = async (ports: RunPorts, config: RunConfig, input: RunInput, { statements, cause }: Failure): Promise<HeldObjects[]> => {
  const own = statements.map(({ phase }) => phase).filter(isSourceName);
  const suspects = SOURCE_NAMES.filter((source) => input.objects[source].length > 0 && (own.length === 0 || own.includes(source)));
  return Promise.all(
    suspects.map(async (source) => {
      const objects = [...input.objects[source]];
      return heldEntry(input, source, { rule: FAILED_RULE, figure: `runs fail on it: ${shortened(statements[0]?.reason ?? cause)}`, query: await lookAtObjects(ports, config, input, FAILED_RULE, source, objects), objects });
    }),
  );
};

const LONGEST_FIGURE = 500;

const shortened = (text: string): string => (text.length <= LONGEST_FIGURE ? text : `${text.slice(0, LONGEST_FIGURE - 1)}…`);
