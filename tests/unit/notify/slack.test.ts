import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { postToSlack, SlackError, slackTextOf, webhookOf } from '../../../src/lib/notify/index.ts';

const EXECUTION = 'arn:aws:states:eu-west-1:123456789012:execution:floe-prod-hourly:run';
const LINK = `<https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/v2/executions/details/${EXECUTION}|Execution>`;

const textOf = (subject: string, content: unknown, execution: string | undefined = EXECUTION): string | undefined =>
  slackTextOf({ subject, message: typeof content === 'string' ? content : JSON.stringify(content), execution });

const record = { source: 'events', sourceSystem: 'app', bronzeObjects: 1, bronzeRows: 100, silverRows: 90, duplicates: 6, quarantined: 4, heldObjects: 0, status: 'committed' };
const held = { source: 'events', rule: 'invalid_share', figure: 'app: 82 of 200 rows, 0.410 where 0.25 is allowed', query: 'SELECT payload', objects: 3, runId: 'R', since: '2025-11-07T11:25:00.000Z' };
const committed = { status: 'committed', kind: 'load', records: [record], held: [], findings: [] };

describe('a notification in Slack', () => {
  test('of a committed run: subject, link, counts by source', () => {
    expect(textOf('floe: run R committed', committed)).toBe(`:white_check_mark: *floe: run R committed* ${LINK}\napp: 100 in, 90 to silver, 6 duplicates, 4 quarantined`);
  });

  test('of a run that holds objects back: rule and figure', () => {
    expect(textOf('floe: run R committed; held: events (invalid_share)', { ...committed, records: [{ ...record, heldObjects: 3 }], held: [held] })).toBe([
      `:warning: *floe: run R committed; held: events (invalid_share)* ${LINK}`,
      'app: 100 in, 90 to silver, 6 duplicates, 4 quarantined, 3 objects held',
      '• held: 3 objects of events since 2025-11-07T11:25:00.000Z, invalid_share: app: 82 of 200 rows, 0.410 where 0.25 is allowed',
    ].join('\n'));
  });

  test('of a failed run: what was found, without the key of an example, the query and the error text', () => {
    const finding = { rule: 'unique_keys', source: 'events', figure: '3 keys stand in more than one row, e.g. user@example.com; 1 users have versions that overlap or leave a gap, e.g. U7', query: 'SELECT secret' };
    const unreadable = { ...held, rule: 'unreadable_object', figure: '1 of 2 objects cannot be read: HIVE_BAD_DATA: user@example.com' };
    const text = textOf('floe: run R failed: unique_keys', { status: 'failed', error: 'AuditFailedError', cause: 'user@example.com', findings: [finding], held: [unreadable], restored: ['silver.events'] });
    expect(text).toBe([
      `:x: *floe: run R failed: unique_keys* ${LINK}`,
      '1 tables restored',
      '• held: 3 objects of events since 2025-11-07T11:25:00.000Z, unreadable_object: 1 of 2 objects cannot be read',
      '• found in events, unique_keys: 3 keys stand in more than one row; 1 users have versions that overlap or leave a gap',
    ].join('\n'));
  });

  test('of a run that could not begin: no more than its subject, whatever the error says', () => {
    expect(textOf('floe: a run could not begin', '{"errorMessage":"a row: user@example.com"}')).toBe(`:x: *floe: a run could not begin* ${LINK}`);
    expect(textOf('floe: a run could not begin', 'not JSON')).toBe(`:x: *floe: a run could not begin* ${LINK}`);
  });

  test('of an alarm that rings, and of one that is over', () => {
    const alarm = { AlarmName: 'floe-prod-data-age', AlarmArn: 'arn:aws:cloudwatch:eu-west-1:123456789012:alarm:floe-prod-data-age', AlarmDescription: 'Gold is older than <three> hours & more.', Region: 'EU (Ireland)' };
    expect(slackTextOf({ subject: 'ALARM', message: JSON.stringify({ ...alarm, NewStateValue: 'ALARM' }), execution: undefined })).toBe(
      ':rotating_light: *floe-prod-data-age* <https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#alarmsV2:alarm/floe-prod-data-age|Alarm>\nGold is older than &lt;three&gt; hours &amp; more.',
    );
    expect(slackTextOf({ subject: 'OK', message: JSON.stringify({ ...alarm, NewStateValue: 'OK', OldStateValue: 'ALARM' }), execution: undefined })).toBe(':white_check_mark: floe-prod-data-age is over');
    expect(slackTextOf({ subject: 'OK', message: JSON.stringify({ ...alarm, NewStateValue: 'OK', OldStateValue: 'INSUFFICIENT_DATA' }), execution: undefined })).toBeUndefined();
    expect(slackTextOf({ subject: 'I', message: JSON.stringify({ ...alarm, NewStateValue: 'INSUFFICIENT_DATA' }), execution: undefined })).toContain(':rotating_light: *floe-prod-data-age*');
  });

  test('none of an hourly run with nothing new; of another kind of run always, and of one that finds something', () => {
    expect(textOf('floe: run R committed', { ...committed, records: [] })).toBeUndefined();
    expect(textOf('floe: run R committed', { ...committed, records: [], kind: 'sweep' })).toContain('committed');
    expect(textOf('floe: run R committed; 3 objects held since earlier', { ...committed, records: [], held: [held] })).toContain('held');
  });
});

describe('posting', () => {
  let server: Server;
  let url: string;
  let answer: [status: number, body: string];
  const bodies: string[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      void request.setEncoding('utf8').toArray().then((parts) => {
        bodies.push(parts.join(''));
        response.writeHead(answer[0]).end(answer[1]);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/services/SECRET`;
  });
  afterAll(() => server.close());

  test('Slack is sent the text as JSON', async () => {
    answer = [200, 'ok'];
    await postToSlack(url, 'a "text"\nof two lines');
    expect(bodies.map((body) => JSON.parse(body) as unknown)).toEqual([{ text: 'a "text"\nof two lines' }]);
  });

  test('a refusal is an error that tells why, and never the address', async () => {
    answer = [404, 'no_service'];
    await expect(postToSlack(url, 'text')).rejects.toThrow(new SlackError('Slack answered 404: no_service'));
    await expect(postToSlack('http://127.0.0.1:1/services/SECRET', 'text')).rejects.toThrow(/^Slack cannot be reached: (?!.*SECRET)/);
  });

  test('the secret names the address', () => {
    expect(webhookOf({ webhookUrl: url })).toBe(url);
    expect(() => webhookOf({ url })).toThrow('the Slack secret has no usable webhookUrl');
    expect(() => webhookOf({ webhookUrl: 'SECRET' })).toThrow(/^(?!.*SECRET)/);
  });
});
