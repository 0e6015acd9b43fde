import { AwsError } from '../../../localcloud/core/errors.ts';
import { FUNCTION, QUEUE, ROLE, SchedulerBench, settings } from './support.ts';

let bench: SchedulerBench;
beforeEach(() => void (bench = new SchedulerBench()));
afterEach(() => bench.close());

const minutes = (count: number): Promise<void> => bench.timers.advance(count * 60_000);
const seconds = (iso: string): number => Date.parse(iso) / 1000;

describe('a schedule', () => {
  test('fires at its times, each once, until it is disabled or deleted', async () => {
    await bench.create('hourly', 'cron(25 * * * ? *)');
    await minutes(120);
    expect(bench.times()).toEqual(['2026-01-31T10:25', '2026-01-31T11:25']);
    await bench.request('PUT', '/schedules/hourly', settings('cron(25 * * * ? *)', { State: 'DISABLED' }));
    await minutes(60);
    expect(bench.invoked).toHaveLength(2);
    await bench.request('PUT', '/schedules/hourly', settings('cron(25 * * * ? *)'));
    await minutes(60);
    expect(bench.times().at(-1)).toBe('2026-01-31T13:25');
    await bench.request('DELETE', '/schedules/hourly');
    await minutes(120);
    expect(bench.invoked).toHaveLength(3);
  });

  test('with a rate fires at once and then keeps its pace', async () => {
    await bench.create('often', 'rate(10 minutes)');
    await minutes(25);
    expect(bench.times()).toEqual(['2026-01-31T10:15', '2026-01-31T10:25', '2026-01-31T10:35']);
  });

  test('fires between its start and its end only', async () => {
    await bench.create('bounded', 'cron(0 * * * ? *)', { StartDate: seconds('2026-01-31T12:00:00Z'), EndDate: seconds('2026-01-31T13:30:00Z') });
    await minutes(600);
    expect(bench.times()).toEqual(['2026-01-31T12:00', '2026-01-31T13:00']);
  });

  test('that is over is deleted where it says so, and stays where not', async () => {
    await bench.create('once', 'at(2026-01-31T12:00:00)', { ActionAfterCompletion: 'DELETE', ScheduleExpressionTimezone: 'Europe/Berlin' });
    await bench.create('kept', 'at(2026-01-31T12:00:00)');
    await minutes(180);
    expect(bench.times()).toEqual(['2026-01-31T11:00', '2026-01-31T12:00']);
    await expect(bench.request('GET', '/schedules/once')).rejects.toMatchObject({ code: 'ResourceNotFoundException', status: 404 });
    expect(await bench.request('GET', '/schedules/kept')).toMatchObject({ State: 'ENABLED' });
  });

  test('missed while the cloud was down is not made up for; the next time is right', async () => {
    await bench.create('hourly', 'cron(25 * * * ? *)');
    await bench.create('paced', 'rate(7 minutes)');
    await minutes(1);
    await bench.service.stop();
    bench.invoked.length = 0;
    await minutes(300);
    expect(bench.invoked).toEqual([]);
    bench.open();
    await minutes(15);
    expect(bench.times()).toEqual(['2026-01-31T15:23', '2026-01-31T15:25', '2026-01-31T15:30']);
  });

  test('can be fired by hand, disabled or not', async () => {
    await bench.create('by-hand', 'cron(0 0 1 1 ? 2099)', { State: 'DISABLED' });
    await bench.service.fire('by-hand');
    expect(bench.times()).toEqual(['2026-01-31T10:15']);
    expect(bench.service.nextTime('by-hand')?.toISOString()).toBe('2099-01-01T00:00:00.000Z');
  });
});

describe('a target', () => {
  test('gets the input with the context attributes filled in', async () => {
    await bench.create('told', 'cron(25 * * * ? *)', {}, { Arn: QUEUE, Input: '{"at":"<aws.scheduler.scheduled-time>","by":"<aws.scheduler.schedule-arn>","try":<aws.scheduler.attempt-number>,"other":"<aws.other>"}' });
    await minutes(15);
    expect(JSON.parse(bench.invoked[0]?.input as string)).toEqual({ at: '2026-01-31T10:25:00Z', by: 'arn:aws:scheduler:eu-west-1:000000000000:schedule/default/told', try: 1, other: '<aws.other>' });
  });

  test('without input gets the event of a schedule', async () => {
    await bench.create('plain', 'cron(25 * * * ? *)', {}, { Input: undefined });
    await minutes(15);
    expect(JSON.parse(bench.invoked[0]?.input as string)).toMatchObject({ source: 'aws.scheduler', 'detail-type': 'Scheduled Event', time: '2026-01-31T10:25:00Z', resources: ['arn:aws:scheduler:eu-west-1:000000000000:schedule/default/plain'] });
  });

  test('that fails is called again with growing waits, as often as the policy says, then the dead-letter queue gets the input', async () => {
    for (let failure = 0; failure < 3; failure++) bench.failures.push(new AwsError('ServiceException', 'not now', { status: 500 }));
    await bench.create('retried', 'at(2026-01-31T10:25:00)', {}, { Input: '{"a":1}', RetryPolicy: { MaximumRetryAttempts: 2 }, DeadLetterConfig: { Arn: QUEUE } });
    await minutes(20);
    expect(bench.invoked).toHaveLength(1);
    expect(bench.invoked[0]).toMatchObject({ at: '2026-01-31T10:25:03', target: QUEUE, input: '{"a":1}', attributes: { ERROR_CODE: { value: 'ServiceException' }, RETRY_ATTEMPTS: { value: '2' }, EXHAUSTED_RETRY_CONDITION: { value: 'MaximumRetryAttempts' }, TARGET_ARN: { value: FUNCTION } } });
    expect(bench.logged).toHaveLength(1);
  });

  test('whose event is too old is given up; one that refuses the request is not tried again', async () => {
    const later = new AwsError('ServiceException', 'not now', { status: 500 });
    for (let failure = 0; failure < 20; failure++) bench.failures.push(later);
    await bench.create('aged', 'at(2026-01-31T10:25:00)', {}, { RetryPolicy: { MaximumEventAgeInSeconds: 60 }, DeadLetterConfig: { Arn: QUEUE } });
    await minutes(20);
    expect(bench.invoked[0]).toMatchObject({ at: '2026-01-31T10:25:31', attributes: { EXHAUSTED_RETRY_CONDITION: { value: 'MaximumEventAgeInSeconds' } } });
    bench.failures.length = 0;
    bench.failures.push(new AwsError('ResourceNotFoundException', 'Function not found', { status: 404 }));
    await bench.create('wrong', 'at(2026-01-31T11:00:00)', {}, { DeadLetterConfig: { Arn: QUEUE } });
    await minutes(60);
    expect(bench.invoked[1]).toMatchObject({ at: '2026-01-31T11:00:00', attributes: { ERROR_CODE: { value: 'ResourceNotFoundException' }, RETRY_ATTEMPTS: { value: '0' } } });
  });
});

describe('the API', () => {
  test('describes and lists what was created, with AWS’s defaults', async () => {
    expect(await bench.create('s', 'rate(1 day)', { Description: 'd' })).toEqual({ ScheduleArn: 'arn:aws:scheduler:eu-west-1:000000000000:schedule/default/s' });
    expect(await bench.request('GET', '/schedules/s')).toMatchObject({
      Name: 's', GroupName: 'default', State: 'ENABLED', ScheduleExpressionTimezone: 'UTC', ActionAfterCompletion: 'NONE', Description: 'd',
      CreationDate: seconds('2026-01-31T10:15:30Z'),
      Target: { Arn: FUNCTION, RoleArn: ROLE, RetryPolicy: { MaximumEventAgeInSeconds: 86400, MaximumRetryAttempts: 185 } },
    });
    for (const name of ['a1', 'a2', 'a3']) await bench.create(name, 'rate(1 day)');
    const first = await bench.request('GET', '/schedules?NamePrefix=a&MaxResults=2');
    const second = await bench.request('GET', `/schedules?NamePrefix=a&MaxResults=2&NextToken=${encodeURIComponent(first.NextToken as string)}`);
    expect([first, second].flatMap(({ Schedules }) => (Schedules as { Name: string }[]).map(({ Name }) => Name))).toEqual(['a1', 'a2', 'a3']);
  });

  test('takes the same creation again by its token, and refuses a name that is taken', async () => {
    await bench.create('s', 'rate(1 day)', { ClientToken: 't' });
    await bench.create('s', 'rate(1 day)', { ClientToken: 't' });
    await expect(bench.create('s', 'rate(1 day)')).rejects.toMatchObject({ code: 'ConflictException', status: 409 });
  });

  test('keeps groups with tags; a group goes with its schedules', async () => {
    const { ScheduleGroupArn } = await bench.request('POST', '/schedule-groups/team', { Tags: [{ Key: 'a', Value: '1' }] });
    await bench.create('s', 'cron(25 * * * ? *)', { GroupName: 'team' });
    await bench.request('POST', `/tags/${encodeURIComponent(ScheduleGroupArn as string)}`, { Tags: [{ Key: 'b', Value: '2' }] });
    await bench.request('DELETE', `/tags/${encodeURIComponent(ScheduleGroupArn as string)}?TagKeys=a`);
    expect(await bench.request('GET', `/tags/${encodeURIComponent(ScheduleGroupArn as string)}`)).toEqual({ Tags: [{ Key: 'b', Value: '2' }] });
    expect((await bench.request('GET', '/schedule-groups')).ScheduleGroups).toMatchObject([{ Name: 'default' }, { Name: 'team', State: 'ACTIVE' }]);
    expect(await bench.request('GET', '/schedules/s?groupName=team')).toMatchObject({ GroupName: 'team' });
    await bench.request('DELETE', '/schedule-groups/team');
    await minutes(60);
    expect(bench.invoked).toEqual([]);
    await expect(bench.request('DELETE', '/schedule-groups/default')).rejects.toMatchObject({ code: 'ValidationException' });
    await expect(bench.create('s', 'rate(1 day)', { GroupName: 'team' })).rejects.toMatchObject({ code: 'ResourceNotFoundException' });
  });

  test.each<[string, string, Record<string, unknown>, Record<string, unknown>]>([
    ['an expression', 'rate(1 week)', {}, {}],
    ['a time zone', 'rate(1 day)', { ScheduleExpressionTimezone: 'Mars/Base' }, {}],
    ['a universal target', 'rate(1 day)', {}, { Arn: 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage' }],
    ['a target of another service', 'rate(1 day)', {}, { Arn: 'arn:aws:events:eu-west-1:000000000000:event-bus/default' }],
    ['an input that is no JSON', 'rate(1 day)', {}, { Input: 'text' }],
    ['a missing role', 'rate(1 day)', {}, { RoleArn: undefined }],
    ['a window that is off and long', 'rate(1 day)', { FlexibleTimeWindow: { Mode: 'OFF', MaximumWindowInMinutes: 5 } }, {}],
    ['an end before the start', 'rate(1 day)', { StartDate: 2, EndDate: 1 }, {}],
    ['too many retries', 'rate(1 day)', {}, { RetryPolicy: { MaximumRetryAttempts: 186 } }],
  ])('refuses %s', async (_, expression, more, target) => {
    await expect(bench.create('s', expression, more, target)).rejects.toMatchObject({ code: 'ValidationException', status: 400 });
  });
});
