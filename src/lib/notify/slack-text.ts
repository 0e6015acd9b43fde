import { FAILED_RULE, UNREADABLE_RULE } from '../run/rules.ts';
import type { AbortSummary, FindingReport, HeldReport, RunSummary } from '../run/index.ts';

/** What came over the topic. */
export interface Notification {
  subject: string;
  message: string;
  /** ARN of the workflow's execution that sent it; undefined for alarms. */
  execution: string | undefined;
}

/** As far as it is read: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html */
interface Alarm {
  AlarmName: string;
  AlarmArn: string;
  AlarmDescription: string | null;
  NewStateValue: string;
  OldStateValue: string;
}

/**
 * A notification for people to read in Slack: subject, counts, rule and figure, a link. Names and numbers only: error texts, keys and
 * queries, which can quote records, stay in the account. undefined for an hourly run that had nothing to do, and for an alarm's first
 * look at its metric: all of a new deployment say at once that they are well.
 */
export const slackTextOf = (notification: Notification): string | undefined => {
  const content = contentOf(notification.message);
  if ('AlarmName' in content) return alarmText(content);
  if (content.status === 'committed') return committedText(notification, content);
  if (content.status === 'failed') return failedText(notification, content);
  return headline(':x:', notification);
};

/** Without a status: anything else, an error's text say. */
type Content = Alarm | RunSummary | AbortSummary | { status?: undefined };

const contentOf = (message: string): Content => {
  try {
    const value: unknown = JSON.parse(message);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
};

const alarmText = ({ AlarmName, AlarmArn, AlarmDescription, NewStateValue, OldStateValue }: Alarm): string | undefined => {
  if (NewStateValue === 'OK') return OldStateValue === 'ALARM' ? linesOf(`:white_check_mark: ${escaped(AlarmName)} is over`) : undefined;
  return linesOf(`:rotating_light: *${escaped(AlarmName)}* ${link(alarmUrl(AlarmArn, AlarmName), 'Alarm')}`, escaped(AlarmDescription ?? ''));
};

const committedText = (notification: Notification, { kind, records, held, findings }: RunSummary): string | undefined => {
  const isCalm = held.length === 0 && findings.length === 0;
  if (isCalm && records.length === 0 && kind === 'load') return undefined;
  return linesOf(
    headline(isCalm ? ':white_check_mark:' : ':warning:', notification),
    ...records.map(({ sourceSystem, bronzeRows, silverRows, duplicates, quarantined, heldObjects }) =>
      `${escaped(sourceSystem)}: ${bronzeRows} in, ${silverRows} to silver, ${duplicates} duplicates, ${quarantined} quarantined${heldObjects > 0 ? `, ${heldObjects} objects held` : ''}`,
    ),
    ...held.map(heldLine),
    ...findings.map(findingLine),
  );
};

const failedText = (notification: Notification, { findings, held, restored }: AbortSummary): string =>
  linesOf(headline(':x:', notification), `${restored.length} tables restored`, ...held.map(heldLine), ...findings.map(findingLine));

const heldLine = (held: HeldReport): string => `• held: ${held.objects} objects of ${held.source} since ${held.since}, ${held.rule}: ${figureOf(held)}`;
const findingLine = (finding: FindingReport): string => `• found in ${finding.source}, ${finding.rule}: ${figureOf(finding)}`;

/** Without the key it gives as an example, and without Athena's words. */
const figureOf = ({ rule, figure }: { rule: string; figure: string }): string =>
  escaped(rule === UNREADABLE_RULE || rule === FAILED_RULE ? figure.replace(/:.*$/s, '') : figure.replace(/, e\.g\. [^;]*/g, ''));

const regionOf = (arn: string): string => arn.split(':')[3] ?? '';

const headline = (sign: string, { subject, execution }: Notification): string =>
  `${sign} *${escaped(subject)}*${execution === undefined ? '' : ` ${executionLink(execution)}`}`;

const executionLink = (execution: string): string =>
  link(`https://${regionOf(execution)}.console.aws.amazon.com/states/home?region=${regionOf(execution)}#/v2/executions/details/${execution}`, 'Execution');

const alarmUrl = (arn: string, name: string): string => `https://${regionOf(arn)}.console.aws.amazon.com/cloudwatch/home?region=${regionOf(arn)}#alarmsV2:alarm/${encodeURIComponent(name)}`;

const link = (url: string, label: string): string => `<${url}|${label}>`;

/** https://docs.slack.dev/messaging/formatting-message-text#escaping */
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Slack cuts longer texts off at 40,000 characters: https://api.slack.com/changelog/2018-04-truncating-really-long-messages */
const LONGEST_TEXT = 8_000;

const linesOf = (...lines: readonly string[]): string => lines.join('\n').slice(0, LONGEST_TEXT);
