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
  GetLogEvents: (input) => {
    const limit = optionalNumber(input, 'limit') ?? MAX_EVENTS;
    const events = eventsOf(logs, input);
    const chosen = input['startFromHead'] === true ? events.slice(0, limit) : events.slice(-limit);
    return {
      events: chosen.map((event) => ({ ...eventOf(event), ingestionTime: event.timestamp.getTime() })),
      nextForwardToken: 'f/end',
      nextBackwardToken: 'b/begin',
    };
  },
  FilterLogEvents: (input) => {
    const matches = matcherOf(optionalText(input, 'filterPattern') ?? '');
    const all = eventsOf(logs, input);
    const events = all.map((event, index) => ({ event, index })).filter(({ event }) => matches(event.message));
    const limited = events.slice(0, optionalNumber(input, 'limit') ?? MAX_EVENTS);
    return {
      events: limited.map(({ event, index }) => ({
        ...eventOf(event),
        logStreamName: STREAM,
        ingestionTime: event.timestamp.getTime(),
        eventId: String(index),
      })),
      searchedLogStreams: [],
    };
  },
});

const eventOf = ({ timestamp, message }: LogEvent): { timestamp: number; message: string } => ({ timestamp: timestamp.getTime(), message });

/** Throws ResourceNotFoundException. */
const eventsOf = (logs: LogStore, input: JsonObject): LogEvent[] => {
  const group = requiredText(input, 'logGroupName');
  if (!logs.groups().includes(group)) throw new AwsError('ResourceNotFoundException', `The specified log group does not exist: ${group}`);
  const [start, end] = [optionalNumber(input, 'startTime') ?? -Infinity, optionalNumber(input, 'endTime') ?? Infinity];
  return logs.events(group).filter(({ timestamp }) => timestamp.getTime() >= start && timestamp.getTime() < end);
};

/** Terms that must all occur, quoted where they hold spaces. Patterns over JSON fields or columns are refused. */
const matcherOf = (pattern: string): ((message: string) => boolean) => {
  if (/^\s*[{[]/.test(pattern))
    throw new AwsError('InvalidParameterException', 'Filter patterns other than terms are not supported locally');
  const terms = [...pattern.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '');
  return (message) => terms.every((term) => message.includes(term));
};
