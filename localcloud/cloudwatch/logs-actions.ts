import { AwsError } from '../core/errors.ts';
import { optionalNumber, optionalText, requiredText } from '../core/json-input.ts';
import type { JsonObject } from '../core/json-input.ts';
import type { JsonAction } from '../core/json-protocol.ts';
import { arn } from '../core/service.ts';
import type { LogEvent, LogStore } from './log-store.ts';

const STREAM = 'local';
const MAX_EVENTS = 10_000;

/** CloudWatch Logs' actions that read. Each group has one stream, `local`. */
export const logsActions = (logs: LogStore): Record<string, JsonAction> => ({
  DescribeLogGroups: (input, { region }) => {
    const prefix = optionalText(input, 'logGroupNamePrefix') ?? '';
    const groups = logs.groups().filter((name) => name.startsWith(prefix));
    return {
      logGroups: groups.map((name) => ({
        logGroupName: name,
        arn: arn('logs', region, `log-group:${name}:*`),
        storedBytes: logs.storedBytes(name),
      })),
    };
  },
  DescribeLogStreams: (input) => {
    const events = eventsOf(logs, input);
    const [first, last] = [events[0], events.at(-1)];
    return {
      logStreams: [
        {
          logStreamName: STREAM,
          firstEventTimestamp: first?.timestamp.getTime(),
          lastEventTimestamp: last?.timestamp.getTime(),
          storedBytes: 0,
        },
      ],
    };
  },
  GetLogEvents: (input) => getLogEvents(eventsOf(logs, input), input),
  FilterLogEvents: (input) => {
    const matches = matcherOf(optionalText(input, 'filterPattern') ?? '');
    const found = eventsOf(logs, input).filter(({ message }) => matches(message));
    const from = positionIn(optionalText(input, 'nextToken') ?? '0');
    const to = from + limitOf(input);
    return {
      events: found.slice(from, to).map((event) => ({ ...eventOf(event), logStreamName: STREAM, ingestionTime: event.timestamp.getTime(), eventId: event.id })),
      searchedLogStreams: [],
      nextToken: to < found.length ? String(to) : undefined,
    };
  },
});

/**
 * A page towards the end or towards the beginning; at either of these the token is the one that was given
 * (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html).
 */
const getLogEvents = (events: readonly LogEvent[], input: JsonObject): unknown => {
  const limit = limitOf(input);
  const [direction, position] = (optionalText(input, 'nextToken') ?? (input['startFromHead'] === true ? 'f/0' : `b/${events.length}`)).split('/');
  if (direction !== 'f' && direction !== 'b') throw invalidToken();
  const at = Math.min(positionIn(position ?? ''), events.length);
  const [from, to] = direction === 'f' ? [at, Math.min(at + limit, events.length)] : [Math.max(at - limit, 0), at];
  return {
    events: events.slice(from, to).map((event) => ({ ...eventOf(event), ingestionTime: event.timestamp.getTime() })),
    nextForwardToken: `f/${to}`,
    nextBackwardToken: `b/${from}`,
  };
};

const positionIn = (token: string): number => {
  if (!/^\d{1,15}$/.test(token)) throw invalidToken();
  return Number(token);
};

const invalidToken = (): AwsError => new AwsError('InvalidParameterException', 'The specified nextToken is invalid.');

const limitOf = (input: JsonObject): number => {
  const limit = optionalNumber(input, 'limit') ?? MAX_EVENTS;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_EVENTS) throw new AwsError('InvalidParameterException', `1 validation error detected: Value '${limit}' at 'limit' failed to satisfy constraint: Member must have value from 1 to ${MAX_EVENTS}`);
  return limit;
};

const eventOf = ({ timestamp, message }: LogEvent): { timestamp: number; message: string } => ({ timestamp: timestamp.getTime(), message });

/** Of the time asked for; `id` stays the same whatever time that is, as followers of a log tell by it what they know. Throws ResourceNotFoundException. */
const eventsOf = (logs: LogStore, input: JsonObject): (LogEvent & { id: string })[] => {
  const group = requiredText(input, 'logGroupName');
  if (!logs.groups().includes(group)) throw new AwsError('ResourceNotFoundException', `The specified log group does not exist: ${group}`);
  const [start, end] = [optionalNumber(input, 'startTime') ?? -Infinity, optionalNumber(input, 'endTime') ?? Infinity];
  return logs
    .events(group)
    .map((event, index) => ({ ...event, id: String(index) }))
    .filter(({ timestamp }) => timestamp.getTime() >= start && timestamp.getTime() < end);
};

/** Terms that must all occur, quoted where they hold spaces. Patterns over JSON fields or columns are refused. */
const matcherOf = (pattern: string): ((message: string) => boolean) => {
  if (/^\s*[{[]/.test(pattern))
    throw new AwsError('InvalidParameterException', 'Filter patterns other than terms are not supported locally');
  const terms = [...pattern.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '');
  return (message) => terms.every((term) => message.includes(term));
};
