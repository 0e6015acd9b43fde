import { appendFileSync } from 'node:fs';
import path from 'node:path';
import {
  CreateTopicCommand,
  DeleteTopicCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListTopicsCommand,
  PublishBatchCommand,
  PublishCommand,
  SNSClient,
  SetSubscriptionAttributesCommand,
  SetTopicAttributesCommand,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import { SnsService } from '../../../localcloud/sns/index.ts';
import type { SnsOptions } from '../../../localcloud/sns/index.ts';
import { StsService } from '../../../localcloud/sts/index.ts';
import { credentials, gatewayFor, region, temporaryDirectory } from '../edge/temporary.ts';

const dataDir = temporaryDirectory();
const delivered: [string, unknown][] = [];
const queued: { queueArn: string; body: string; attributes: unknown }[] = [];
const problems: unknown[] = [];
const options: SnsOptions = {
  dataDir,
  region,
  clock: () => new Date('2026-03-01T10:00:00Z'),
  deliver: (name, event) => {
    if (name.includes('missing')) throw new Error('no such function');
    delivered.push([name, event]);
  },
  queues: {
    send: async (queueArn, body, attributes = {}) => {
      if (queueArn.endsWith(':missing')) throw new Error('no such queue');
      return `message-${queued.push({ queueArn, body, attributes })}`;
    },
  },
  onProblem: (_subscription, problem) => problems.push(problem),
};
const sns = new SnsService(options);
const gateway = gatewayFor(() => [sns, new StsService({ assume: () => { throw new Error('nobody assumes a role here'); }, clock: () => new Date() })]);
let client: SNSClient;
let TopicArn: string;

beforeAll(async () => {
  client = new SNSClient({ endpoint: gateway.endpoint(), region, credentials, maxAttempts: 1 });
  TopicArn = (await client.send(new CreateTopicCommand({ Name: 'news', Tags: [{ Key: 'a', Value: 'b' }] }))).TopicArn!;
});
afterAll(() => client.destroy());

test('a topic is created once, listed and described', async () => {
  expect(TopicArn).toBe('arn:aws:sns:eu-west-1:000000000000:news');
  expect((await client.send(new CreateTopicCommand({ Name: 'news' }))).TopicArn).toBe(TopicArn);
  await client.send(new SetTopicAttributesCommand({ TopicArn, AttributeName: 'DisplayName', AttributeValue: 'News & <more>' }));
  expect((await client.send(new ListTopicsCommand({}))).Topics).toEqual([{ TopicArn }]);
  expect((await client.send(new GetTopicAttributesCommand({ TopicArn }))).Attributes).toMatchObject({
    TopicArn,
    DisplayName: 'News & <more>',
  });
});

test('what is published, by the API or in process, is kept in order with subject and attributes', async () => {
  const { MessageId } = await client.send(
    new PublishCommand({
      TopicArn,
      Subject: 'run',
      Message: 'first & <ü>\nline',
      MessageAttributes: { kind: { DataType: 'String', StringValue: 'ok' } },
    }),
  );
  await sns.publish(TopicArn, 'second');
  expect(sns.messages(TopicArn)).toEqual([
    {
      messageId: MessageId,
      topicArn: TopicArn,
      subject: 'run',
      message: 'first & <ü>\nline',
      attributes: { kind: { Type: 'String', Value: 'ok' } },
      published: '2026-03-01T10:00:00.000Z',
    },
    expect.objectContaining({ message: 'second' }),
  ]);
});

test('a batch tells which of its messages were taken', async () => {
  const answer = await client.send(
    new PublishBatchCommand({
      TopicArn,
      PublishBatchRequestEntries: [
        { Id: 'a', Message: 'in a batch' },
        { Id: 'b', Message: 'x'.repeat(262_145) },
      ],
    }),
  );
  expect(answer.Successful?.map(({ Id }) => Id)).toEqual(['a']);
  expect(answer.Failed).toMatchObject([{ Id: 'b', Code: 'InvalidParameter', SenderFault: true }]);
});

test('a subscribed function gets the event of AWS; one by mail waits to be confirmed', async () => {
  const Endpoint = 'arn:aws:lambda:eu-west-1:000000000000:function:listener';
  const { SubscriptionArn } = await client.send(new SubscribeCommand({ TopicArn, Protocol: 'lambda', Endpoint }));
  await client.send(new SubscribeCommand({ TopicArn, Protocol: 'email', Endpoint: 'a@example.com' }));
  await client.send(new PublishCommand({ TopicArn, Message: 'to functions' }));
  expect(delivered).toEqual([
    [
      Endpoint,
      {
        Records: [
          expect.objectContaining({
            EventSource: 'aws:sns',
            EventSubscriptionArn: SubscriptionArn,
            Sns: expect.objectContaining({ TopicArn, Message: 'to functions', Subject: null }) as unknown,
          }),
        ],
      },
    ],
  ]);
  expect((await client.send(new ListSubscriptionsByTopicCommand({ TopicArn }))).Subscriptions?.map(({ Protocol }) => Protocol)).toEqual([
    'lambda',
    'email',
  ]);
});

test('a subscriber that is not there does not fail the publisher, and somebody is told', async () => {
  await client.send(new SubscribeCommand({ TopicArn, Protocol: 'lambda', Endpoint: 'missing' }));
  await client.send(new PublishCommand({ TopicArn, Message: 'still published' }));
  expect(sns.messages().at(-1)?.message).toBe('still published');
  expect(problems).toHaveLength(1);
});

test('topics, subscriptions and messages are there after a restart, a line torn by its end is not', () => {
  appendFileSync(path.join(dataDir, 'sns', 'messages.jsonl'), '{"messageId":"torn');
  const again = new SnsService(options);
  expect(again.messages()).toEqual(sns.messages());
});

describe('a queue subscribed', () => {
  let policies = 0;
  const arn = (name: string): string => `arn:aws:sqs:eu-west-1:000000000000:${name}`;
  const topic = async (name: string) => (await client.send(new CreateTopicCommand({ Name: name }))).TopicArn!;
  const subscribe = async (topicArn: string, queue: string, Attributes: Record<string, string> = {}) =>
    (await client.send(new SubscribeCommand({ TopicArn: topicArn, Protocol: 'sqs', Endpoint: arn(queue), Attributes }))).SubscriptionArn!;
  const bodies = (queue: string): string[] => queued.filter(({ queueArn }) => queueArn === arn(queue)).map(({ body }) => body);

  test('gets the notification in JSON, or with raw delivery the message itself and its attributes', async () => {
    const topicArn = await topic('to-queues');
    await subscribe(topicArn, 'wrapped');
    await subscribe(topicArn, 'raw', { RawMessageDelivery: 'true' });
    const MessageAttributes = { n: { DataType: 'Number', StringValue: '1' } };
    const { MessageId } = await client.send(new PublishCommand({ TopicArn: topicArn, Message: 'text', Subject: 's', MessageAttributes }));
    expect(JSON.parse(bodies('wrapped')[0]!)).toMatchObject({ Type: 'Notification', MessageId, TopicArn: topicArn, Subject: 's', Message: 'text', Timestamp: '2026-03-01T10:00:00.000Z', MessageAttributes: { n: { Type: 'Number', Value: '1' } } });
    expect(queued.at(-1)).toEqual({ queueArn: arn('raw'), body: 'text', attributes: { n: { dataType: 'Number', value: '1' } } });
  });

  test('gets the text meant for its protocol', async () => {
    const topicArn = await topic('structured');
    await subscribe(topicArn, 'structured', { RawMessageDelivery: 'true' });
    await client.send(new PublishCommand({ TopicArn: topicArn, MessageStructure: 'json', Message: '{"default":"d","sqs":"for queues"}' }));
    await client.send(new PublishCommand({ TopicArn: topicArn, MessageStructure: 'json', Message: '{"default":"d"}' }));
    expect(bodies('structured')).toEqual(['for queues', 'd']);
    await expect(client.send(new PublishCommand({ TopicArn: topicArn, MessageStructure: 'json', Message: '{}' }))).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  test.each<[string, unknown, Record<string, string>, boolean]>([
    ['text', { kind: ['a', 'b'] }, { kind: 'b' }, true],
    ['text', { kind: ['a'] }, { kind: 'b' }, false],
    ['text', { kind: ['a'] }, {}, false],
    ['text', { kind: [{ prefix: 'or' }] }, { kind: 'orders' }, true],
    ['text', { kind: [{ suffix: 'ers' }] }, { kind: 'orders' }, true],
    ['text', { kind: [{ 'equals-ignore-case': 'ORDERS' }] }, { kind: 'orders' }, true],
    ['text', { kind: [{ 'anything-but': ['a', 'b'] }] }, { kind: 'c' }, true],
    ['text', { kind: [{ 'anything-but': { prefix: 'or' } }] }, { kind: 'orders' }, false],
    ['text', { kind: [{ exists: false }] }, {}, true],
    ['text', { kind: [{ exists: true }] }, {}, false],
    ['number', { n: [{ numeric: ['>=', 1, '<', 5] }] }, { n: '4.5' }, true],
    ['number', { n: [{ numeric: ['>=', 1, '<', 5] }] }, { n: '5' }, false],
    ['number', { n: [1] }, { n: '1.0' }, true],
    ['text', { kind: ['a'], other: ['b'] }, { kind: 'a' }, false],
    ['text', { $or: [{ kind: ['a'] }, { other: ['b'] }] }, { other: 'b' }, true],
    ['body', { a: { b: [{ numeric: ['=', 1] }] } }, { message: '{"a":{"b":[2,1]}}' }, true],
    ['body', { a: ['x'] }, { message: 'no json' }, false],
  ])('with a policy on %s %j takes %j: %s', async (scope, policy, values, expected) => {
    const name = `filter-${(policies += 1)}`;
    const topicArn = await topic(name);
    await subscribe(topicArn, name, { FilterPolicy: JSON.stringify(policy), ...(scope === 'body' ? { FilterPolicyScope: 'MessageBody' } : {}) });
    const { message = 'x', ...attributes } = values;
    const MessageAttributes = Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, { DataType: scope === 'number' ? 'Number' : 'String', StringValue: value }]));
    await client.send(new PublishCommand({ TopicArn: topicArn, Message: message, MessageAttributes }));
    expect(bodies(name)).toHaveLength(expected ? 1 : 0);
  });

  test('that is not there leaves the message to the dead-letter queue', async () => {
    const topicArn = await topic('dead-letters');
    await subscribe(topicArn, 'missing', { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn('dead') }) });
    await client.send(new PublishCommand({ TopicArn: topicArn, Message: 'lost and found' }));
    expect(JSON.parse(bodies('dead')[0]!)).toMatchObject({ Message: 'lost and found' });
  });

  test('has attributes that can be changed, and wrong ones are refused', async () => {
    const SubscriptionArn = await subscribe(await topic('changing'), 'changing');
    await client.send(new SetSubscriptionAttributesCommand({ SubscriptionArn, AttributeName: 'RawMessageDelivery', AttributeValue: 'true' }));
    expect((await client.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))).Attributes).toMatchObject({ RawMessageDelivery: 'true', PendingConfirmation: 'false', Endpoint: arn('changing') });
    for (const AttributeValue of ['{"a":[{"cidr":"10.0.0.0/8"}]}', '{"a":[]}', '{"a":"x"}', 'no json'])
      await expect(client.send(new SetSubscriptionAttributesCommand({ SubscriptionArn, AttributeName: 'FilterPolicy', AttributeValue }))).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});

test('a topic that is gone, an empty message and an unknown protocol are refused', async () => {
  const gone = (await client.send(new CreateTopicCommand({ Name: 'gone' }))).TopicArn;
  await client.send(new DeleteTopicCommand({ TopicArn: gone }));
  await expect(client.send(new PublishCommand({ TopicArn: gone, Message: 'x' }))).rejects.toMatchObject({ name: 'NotFoundException' });
  await expect(client.send(new PublishCommand({ TopicArn, Message: '' }))).rejects.toMatchObject({ name: 'InvalidParameterException' });
  await expect(client.send(new SubscribeCommand({ TopicArn, Protocol: 'pigeon', Endpoint: 'x' }))).rejects.toMatchObject({
    name: 'InvalidParameterException',
  });
  await expect(client.send(new SubscribeCommand({ TopicArn, Protocol: 'https', Endpoint: 'https://example.com' }))).rejects.toMatchObject({ message: expect.stringContaining('not supported locally') as string });
  await expect(client.send(new CreateTopicCommand({ Name: 'x.fifo', Attributes: { FifoTopic: 'true' } }))).rejects.toMatchObject({ message: expect.stringContaining('FIFO') as string });
});

test('the caller’s identity is the local account', async () => {
  const answer = await fetch(gateway.endpoint(), {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: 'AWS4-HMAC-SHA256 Credential=AKIA/20260301/eu-west-1/sts/aws4_request, SignedHeaders=host, Signature=00',
    },
    body: 'Action=GetCallerIdentity&Version=2011-06-15',
  });
  expect(await answer.text()).toContain(
    '<GetCallerIdentityResult><UserId>000000000000</UserId><Account>000000000000</Account><Arn>arn:aws:iam::000000000000:root</Arn></GetCallerIdentityResult>',
  );
});
