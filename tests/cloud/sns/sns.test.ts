import { appendFileSync } from 'node:fs';
import path from 'node:path';
import {
  CreateTopicCommand,
  DeleteTopicCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListTopicsCommand,
  PublishBatchCommand,
  PublishCommand,
  SNSClient,
  SetTopicAttributesCommand,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import { SnsService } from '../../../localcloud/sns/index.ts';
import type { SnsOptions } from '../../../localcloud/sns/index.ts';
import { StsService } from '../../../localcloud/sts/index.ts';
import { credentials, gatewayFor, region, temporaryDirectory } from '../edge/temporary.ts';

const dataDir = temporaryDirectory();
const delivered: [string, unknown][] = [];
const problems: unknown[] = [];
const options: SnsOptions = {
  dataDir,
  region,
  clock: () => new Date('2026-03-01T10:00:00Z'),
  deliver: (name, event) => {
    if (name.includes('missing')) throw new Error('no such function');
    delivered.push([name, event]);
  },
  onProblem: (_subscription, problem) => problems.push(problem),
};
const sns = new SnsService(options);
const gateway = gatewayFor(() => [sns, new StsService()]);
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

test('a subscribed function gets the event of AWS; other subscriptions are kept', async () => {
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

test('a topic that is gone, an empty message and an unknown protocol are refused', async () => {
  const gone = (await client.send(new CreateTopicCommand({ Name: 'gone' }))).TopicArn;
  await client.send(new DeleteTopicCommand({ TopicArn: gone }));
  await expect(client.send(new PublishCommand({ TopicArn: gone, Message: 'x' }))).rejects.toMatchObject({ name: 'NotFoundException' });
  await expect(client.send(new PublishCommand({ TopicArn, Message: '' }))).rejects.toMatchObject({ name: 'InvalidParameterException' });
  await expect(client.send(new SubscribeCommand({ TopicArn, Protocol: 'pigeon', Endpoint: 'x' }))).rejects.toMatchObject({
    name: 'InvalidParameterException',
  });
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
    '<GetCallerIdentityResult><UserId>LOCAL</UserId><Account>000000000000</Account><Arn>arn:aws:iam::000000000000:root</Arn></GetCallerIdentityResult>',
  );
});
