import type { AuditRule } from '../quality/index.ts';
import { databaseNames, lakeParameters, type Snapshots } from '../lake/index.ts';
import type { Parameters } from '../statements/index.ts';
import { frozenParameters } from './floor.ts';
import { identifier, pathParameters, sourceParameters } from './phases/phase.ts';
import type { RunConfig, RunPorts } from './ports.ts';
import type { HoldingRule } from './rules.ts';
import type { RunInput } from './run-files.ts';
import { isSourceName, SOURCES, type SourceName } from './sources.ts';

/** Statements under sql/look/ by the rule whose rows they show. */
const LOOKS: Readonly<Record<Exclude<HoldingRule, 'audit'>, string>> = {
  invalid_share: 'look/invalid_share',
  duplicate_share: 'look/duplicate_share',
  null_user_share: 'look/null_user_share',
  unknown_fields_share: 'look/unknown_fields_share',
  unread_objects: 'look/objects',
  touched_dates: 'look/touched_dates',
  unreadable_object: 'look/rows',
  failed_run: 'look/rows',
};

/** Athena SQL that shows what a rule found in bronze objects. */
export const lookAtObjects = (ports: Pick<RunPorts, 'statements'>, config: RunConfig, input: RunInput, rule: Exclude<HoldingRule, 'audit'>, source: SourceName, objects: readonly string[]): Promise<string> =>
  ports.statements.render(LOOKS[rule], { ...lakeParameters(config.names), ...bronzeParameters(input, source, objects) });

const bronzeParameters = (input: RunInput, source: SourceName, objects: readonly string[]): Parameters => {
  const { ingestion_dates: ingestionDates } = pathParameters(objects);
  return {
    ...sourceParameters(input, SOURCES[source]),
    of_objects: { kind: 'path-filter', value: objects },
    ...(ingestionDates === undefined ? {} : { ingestion_dates: ingestionDates }),
  };
};

/**
 * Athena SQL that shows what the audit found, in the tables as the run left them: their snapshots can be read until maintenance
 * expires them, also after the tables have gone back.
 * @param source of the finding: one of the sources, or `gold`
 */
export const lookAtAudit = (ports: Pick<RunPorts, 'statements'>, config: RunConfig, input: RunInput, finding: { rule: AuditRule; source: string }, tables: Snapshots): Promise<string> => {
  const { silver, gold } = databaseNames(config.names.databasePrefix);
  const source = isSourceName(finding.source) ? finding.source : 'events';
  const version = (database: string, table: string): Parameters[string] => ({ kind: 'table-version', table: `${database === 'silver' ? silver : gold}.${table}`, snapshotId: tables[`${database}.${table}`] ?? null });
  const { silver: table } = SOURCES[source];
  return ports.statements.render(lookOf(finding.rule, source), {
    ...lakeParameters(config.names),
    ...bronzeParameters(input, source, input.objects[source]),
    ...frozenParameters(input.floor, config.settings),
    run_id: { kind: 'id', value: input.runId },
    processing_timestamp: { kind: 'timestamp', value: input.processingTimestamp },
    key_column: identifier(table?.keyColumn ?? 'user_id'),
    time_column: identifier(table?.timeColumn ?? 'updated_at'),
    silver_version: version('silver', source),
    quarantine_version: version('silver', 'quarantine'),
    gold_version: version('gold', 'user_session_analysis'),
  });
};

const lookOf = (rule: AuditRule, source: SourceName): string => {
  switch (rule) {
    case 'conservation':
      return source === 'users' ? 'look/lost_users' : 'look/lost_keys';
    case 'unique_keys':
      return 'look/unique_keys';
    case 'user_history':
      return 'look/user_history';
    case 'layer_counts':
    case 'unique_sessions':
    case 'session_duration':
      return 'look/sessions';
  }
};
