import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Journal } from '../../../localcloud/sqs/journal.ts';
import { rest } from './manual-timers.ts';
import { queueArn, SqsBench } from './support.ts';

let bench: SqsBench;
beforeEach(() => void (bench = new SqsBench()));
afterEach(() => bench.close());

const redrive = (name: string, maxReceiveCount: number): string => JSON.stringify({ deadLetterTargetArn: queueArn(name), maxReceiveCount });
const code = (name: string): string => `com.amazonaws.sqs#${name}`;

describe('a queue', () => {
  test('is created once; with another attribute it is refused; its URL is under the gateway', async () => {
    const url = await bench.create('orders', { VisibilityTimeout: '60' });
    expect(url).toBe('http://127.0.0.1:4566/000000000000/orders');
    expect(await bench.create('orders', { VisibilityTimeout: '60' })).toBe(url);
    expect(await bench.create('orders')).toBe(url);
    await expect(bench.create('orders', { VisibilityTimeout: '61' })).rejects.toMatchObject({ code: code('QueueNameExists'), message: expect.stringContaining('VisibilityTimeout') as string });
  });

  test('tells its settings with their defaults, its ARN and its counts', async () => {
    const url = await bench.create('q', { DelaySeconds: '5' });
    await bench.call('SendMessage', { QueueUrl: url, MessageBody: 'delayed' });
    await bench.call('SendMessage', { QueueUrl: url, MessageBody: 'now', DelaySeconds: 0 });
    await bench.call('SendMessage', { QueueUrl: url, MessageBody: 'now', DelaySeconds: 0 });
    await bench.receive(url);
    expect(await bench.counts(url)).toEqual([1, 1, 1]);
    const { Attributes } = await bench.call('GetQueueAttributes', { QueueUrl: url, AttributeNames: ['All'] });
    expect(Attributes).toMatchObject({ QueueArn: queueArn('q'), DelaySeconds: '5', VisibilityTimeout: '30', MessageRetentionPeriod: '345600', CreatedTimestamp: '1769854500' });
    expect(await bench.call('GetQueueAttributes', { QueueUrl: url, AttributeNames: ['DelaySeconds'] })).toEqual({ Attributes: { DelaySeconds: '5' } });
  });

  test('is listed by prefix and page by page, found by name, and gone once deleted', async () => {
    for (const name of ['b', 'a1', 'a2', 'a3']) await bench.create(name);
    const first = await bench.call('ListQueues', { QueueNamePrefix: 'a', MaxResults: 2 });
    const second = await bench.call('ListQueues', { QueueNamePrefix: 'a', MaxResults: 2, NextToken: first.NextToken });
    expect([first.QueueUrls, second.QueueUrls].flat().map((url) => String(url).slice(-2))).toEqual(['a1', 'a2', 'a3']);
    const { QueueUrl } = await bench.call('GetQueueUrl', { QueueName: 'b' });
    await bench.call('SendMessage', { QueueUrl, MessageBody: 'x' });
    await bench.call('DeleteQueue', { QueueUrl });
    await expect(bench.call('GetQueueUrl', { QueueName: 'b' })).rejects.toMatchObject({ code: code('QueueDoesNotExist') });
    expect(await bench.receive(await bench.create('b'))).toEqual([]);
  });

  test('keeps tags', async () => {
    const url = await bench.create('q');
    await bench.call('TagQueue', { QueueUrl: url, Tags: { a: '1', b: '2' } });
    await bench.call('UntagQueue', { QueueUrl: url, TagKeys: ['a'] });
    expect(await bench.call('ListQueueTags', { QueueUrl: url })).toEqual({ Tags: { b: '2' } });
  });

  test.each<[string, Record<string, string>, string]>([
    ['fifo.fifo', {}, 'UnsupportedOperation'],
    ['fifo', { FifoQueue: 'true' }, 'UnsupportedOperation'],
    ['with space', {}, 'InvalidParameterValue'],
    ['q', { Nonsense: '1' }, 'InvalidAttributeName'],
    ['q', { QueueArn: 'x' }, 'InvalidAttributeName'],
    ['q', { VisibilityTimeout: '43201' }, 'InvalidAttributeValue'],
    ['q', { DelaySeconds: '1.5' }, 'InvalidAttributeValue'],
    ['q', { RedrivePolicy: 'no json' }, 'InvalidParameterValue'],
    ['q', { RedrivePolicy: redrive('missing', 3) }, 'InvalidParameterValue'],
  ])('%s with %j is refused: %s', async (name, attributes, expected) => {
    await expect(bench.create(name, attributes)).rejects.toMatchObject({ code: code(expected) });
  });

  test('that is a dead-letter queue for named sources only refuses others', async () => {
    await bench.create('dead', { RedriveAllowPolicy: JSON.stringify({ redrivePermission: 'byQueue', sourceQueueArns: [queueArn('friend')] }) });
    await bench.create('friend', { RedrivePolicy: redrive('dead', 1) });
    await expect(bench.create('stranger', { RedrivePolicy: redrive('dead', 1) })).rejects.toMatchObject({ code: code('InvalidParameterValue') });
    const { queueUrls } = await bench.call('ListDeadLetterSourceQueues', { QueueUrl: 'http://elsewhere/000000000000/dead' });
    expect(queueUrls).toEqual(['http://127.0.0.1:4566/000000000000/friend']);
  });
});

describe('a message', () => {
  test('carries body, attributes and digests', async () => {
    const url = await bench.create('q');
    const sent = await bench.call('SendMessage', { QueueUrl: url, MessageBody: 'ü', MessageAttributes: { n: { DataType: 'Number', StringValue: '1' }, b: { DataType: 'Binary', BinaryValue: 'AQI=' }, 'x.y': { DataType: 'String', StringValue: 's' } } });
    expect(sent).toMatchObject({ MD5OfMessageBody: 'c03410a5204b21cd8229ff754688d743' });
    expect(Object.keys((await bench.receive(url, { MessageAttributeNames: ['x.*', 'n'], VisibilityTimeout: 0 }))[0]!.MessageAttributes!)).toEqual(['n', 'x.y']);
    const [message] = await bench.receive(url);
    expect(message).toMatchObject({ MessageId: sent.MessageId, Body: 'ü', MD5OfBody: sent.MD5OfMessageBody, MD5OfMessageAttributes: sent.MD5OfMessageAttributes });
    expect(message?.Attributes).toEqual({ SenderId: '000000000000', SentTimestamp: '1769854500000', ApproximateReceiveCount: '2', ApproximateFirstReceiveTimestamp: '1769854500000' });
  });

  test('has the digest of attributes that AWS gives', async () => {
    const url = await bench.create('q');
    const sent = await bench.call('SendMessage', { QueueUrl: url, MessageBody: 'x', MessageAttributes: { timestamp: { DataType: 'Number', StringValue: '1493147359900' } } });
    expect(sent.MD5OfMessageAttributes).toBe('235c5c510d26fb653d073faed50ae77c'); // recorded from AWS, in moto's tests
  });

  test('received is hidden for its visibility timeout, then comes again; deleted it never does', async () => {
    const url = await bench.create('q', { VisibilityTimeout: '10' });
    await bench.call('SendMessage', { QueueUrl: url, MessageBody: 'x' });
    const [first] = await bench.receive(url);
    await bench.timers.advance(9_999);
    expect(await bench.receive(url)).toEqual([]);
    await bench.timers.advance(1);
    const [second] = await bench.receive(url);
    expect(second?.Attributes?.ApproximateReceiveCount).toBe('2');
    await bench.call('DeleteMessage', { QueueUrl: url, ReceiptHandle: first?.ReceiptHandle }); // an old handle deletes nothing
    expect(await bench.counts(url)).toEqual([0, 1, 0]);
    await bench.call('DeleteMessage', { QueueUrl: url, ReceiptHandle: second?.ReceiptHandle });
    expect(await bench.counts(url)).toEqual([0, 0, 0]);
  });

  test('can be given back at once, or be kept longer, while it is in flight', async () => {
    const url = await bench.create('q');
    await bench.call('SendMessage', { QueueUrl: url, MessageBody: 'x' });
    const [first] = await bench.receive(url);
    await bench.call('ChangeMessageVisibility', { QueueUrl: url, ReceiptHandle: first?.ReceiptHandle, VisibilityTimeout: 0 });
    const [second] = await bench.receive(url);
    await bench.call('ChangeMessageVisibility', { QueueUrl: url, ReceiptHandle: second?.ReceiptHandle, VisibilityTimeout: 60 });
    await bench.timers.advance(59_000);
    expect(await bench.receive(url)).toEqual([]);
    await bench.timers.advance(1_000);
    await expect(bench.call('ChangeMessageVisibility', { QueueUrl: url, ReceiptHandle: second?.ReceiptHandle, VisibilityTimeout: 1 })).rejects.toMatchObject({ code: code('InvalidParameterValue') });
  });

  test('is waited for by a long poll, and the poll ends empty when its time is up', async () => {
    const url = await bench.create('q');
    const poll = bench.receive(url, { WaitTimeSeconds: 20 });
    await rest();
    await bench.call('SendMessage', { QueueUrl: url, MessageBody: 'x' });
    expect((await poll)[0]?.Body).toBe('x');
    const empty = bench.receive(url, { WaitTimeSeconds: 20 });
    const again = bench.receive(await bench.create('other', { ReceiveMessageWaitTimeSeconds: '5' }));
    for (let turn = 0; turn < 20; turn++) await rest();
    await bench.timers.advance(19_999);
    expect(await again).toEqual([]);
    await bench.timers.advance(1);
    expect(await empty).toEqual([]);
  });

  test('becoming visible ends a long poll', async () => {
    const url = await bench.create('q', { DelaySeconds: '3' });
    await bench.call('SendMessage', { QueueUrl: url, MessageBody: 'x' });
    const poll = bench.receive(url, { WaitTimeSeconds: 20 });
    for (let turn = 0; turn < 20; turn++) await rest();
    await bench.timers.advance(3_000);
    expect((await poll)[0]?.Body).toBe('x');
  });

  test('older than the retention period is gone', async () => {
    const url = await bench.create('q', { MessageRetentionPeriod: '60' });
    await bench.call('SendMessage', { QueueUrl: url, MessageBody: 'old' });
    await bench.timers.advance(30_000);
    await bench.call('SendMessage', { QueueUrl: url, MessageBody: 'young' });
    await bench.timers.advance(30_001);
    expect((await bench.receive(url, { MaxNumberOfMessages: 10 })).map(({ Body }) => Body)).toEqual(['young']);
  });

  test.each<[Record<string, unknown>, string]>([
    [{}, 'MissingParameter'],
    [{ MessageBody: '' }, 'MissingParameter'],
    [{ MessageBody: '\u0001' }, 'InvalidMessageContents'],
    [{ MessageBody: 'x'.repeat(1_048_577) }, 'InvalidParameterValue'],
    [{ MessageBody: 'x', DelaySeconds: 901 }, 'InvalidParameterValue'],
    [{ MessageBody: 'x', MessageAttributes: { a: { DataType: 'Number', StringValue: 'one' } } }, 'InvalidParameterValue'],
    [{ MessageBody: 'x', MessageAttributes: { a: { DataType: 'Json', StringValue: '1' } } }, 'InvalidParameterValue'],
    [{ MessageBody: 'x', MessageGroupId: 'g' }, 'UnsupportedOperation'],
  ])('of %# is refused', async (input, expected) => {
    const url = await bench.create('q');
    await expect(bench.call('SendMessage', { QueueUrl: url, ...input })).rejects.toMatchObject({ code: code(expected) });
    expect(await bench.counts(url)).toEqual([0, 0, 0]);
  });
});

describe('a batch', () => {
  test('fails entry by entry', async () => {
    const url = await bench.create('q');
    const answer = await bench.call('SendMessageBatch', { QueueUrl: url, Entries: [{ Id: 'a', MessageBody: 'x' }, { Id: 'b', MessageBody: '' }, { Id: 'c', MessageBody: 'z' }] });
    expect(answer).toMatchObject({ Successful: [{ Id: 'a' }, { Id: 'c' }], Failed: [{ Id: 'b', SenderFault: true, Code: 'MissingParameter' }] });
    const received = await bench.receive(url, { MaxNumberOfMessages: 10 });
    expect(received.map(({ Body }) => Body)).toEqual(['x', 'z']);
    const entries = [...received.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })), { Id: 'bad', ReceiptHandle: 'nonsense' }];
    expect(await bench.call('ChangeMessageVisibilityBatch', { QueueUrl: url, Entries: entries.map((entry) => ({ ...entry, VisibilityTimeout: 5 })) })).toMatchObject({ Successful: [{ Id: '0' }, { Id: '1' }], Failed: [{ Id: 'bad' }] });
    expect(await bench.call('DeleteMessageBatch', { QueueUrl: url, Entries: entries })).toMatchObject({ Successful: [{ Id: '0' }, { Id: '1' }], Failed: [{ Id: 'bad', Code: 'ReceiptHandleIsInvalid' }] });
    expect(await bench.counts(url)).toEqual([0, 0, 0]);
  });

  test.each<[unknown[], string]>([
    [[], 'EmptyBatchRequest'],
    [Array.from({ length: 11 }, (_, index) => ({ Id: String(index), MessageBody: 'x' })), 'TooManyEntriesInBatchRequest'],
    [[{ Id: 'a', MessageBody: 'x' }, { Id: 'a', MessageBody: 'x' }], 'BatchEntryIdsNotDistinct'],
    [[{ Id: 'a b', MessageBody: 'x' }], 'InvalidBatchEntryId'],
    [[{ Id: 'a', MessageBody: 'x'.repeat(600_000) }, { Id: 'b', MessageBody: 'x'.repeat(600_000) }], 'BatchRequestTooLong'],
  ])('wrong as a whole is refused as a whole (%#)', async (Entries, expected) => {
    const url = await bench.create('q');
    await expect(bench.call('SendMessageBatch', { QueueUrl: url, Entries })).rejects.toMatchObject({ code: code(expected) });
  });
});

describe('dead letters', () => {
  test('are moved at the receive after the last allowed one, with their count and source, and can be moved back', async () => {
    const dead = await bench.create('dead');
    const url = await bench.create('q', { VisibilityTimeout: '0', RedrivePolicy: redrive('dead', 2) });
    const { MessageId } = await bench.call('SendMessage', { QueueUrl: url, MessageBody: 'poison', MessageAttributes: { a: { DataType: 'String', StringValue: '1' } } });
    expect([await bench.receive(url), await bench.receive(url), await bench.receive(url)].map((found) => found.length)).toEqual([1, 1, 0]);
    const [letter] = await bench.receive(dead, { VisibilityTimeout: 0 });
    expect(letter).toMatchObject({ MessageId, Body: 'poison', Attributes: { DeadLetterQueueSourceArn: queueArn('q') }, MessageAttributes: { a: { StringValue: '1' } } });
    await expect(bench.call('StartMessageMoveTask', { SourceArn: queueArn('q') })).rejects.toMatchObject({ code: code('InvalidParameterValue') });
    await bench.call('StartMessageMoveTask', { SourceArn: queueArn('dead') });
    const task = async () => ((await bench.call('ListMessageMoveTasks', { SourceArn: queueArn('dead') })).Results as Record<string, unknown>[])[0];
    while ((await task())?.Status === 'RUNNING') await rest();
    expect(await task()).toMatchObject({ Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 1 });
    expect((await bench.receive(url))[0]?.Attributes?.ApproximateReceiveCount).toBe('1');
  });
});

describe('after a kill -9', () => {
  test('all that was acknowledged is there: queues, messages, deletions, counts; a torn line is not', async () => {
    const url = await bench.create('q', { VisibilityTimeout: '10' });
    for (const body of ['a', 'b', 'c']) await bench.call('SendMessage', { QueueUrl: url, MessageBody: body });
    const [a] = await bench.receive(url);
    await bench.call('DeleteMessage', { QueueUrl: url, ReceiptHandle: a?.ReceiptHandle });
    const [b] = await bench.receive(url);
    await bench.call('SendMessage', { QueueUrl: url, MessageBody: 'd' });
    const [file] = readdirSync(path.join(bench.dataDir, 'messages'));
    appendFileSync(path.join(bench.dataDir, 'messages', file!), '{"set":{"id":"torn"');
    bench.crash();
    expect(await bench.counts(url)).toEqual([2, 1, 0]);
    await bench.call('DeleteMessage', { QueueUrl: url, ReceiptHandle: b?.ReceiptHandle }); // handles outlive the process
    expect((await bench.receive(url, { MaxNumberOfMessages: 10 })).map(({ Body }) => Body)).toEqual(['c', 'd']);
  });

  test('a journal written anew in the middle of its life loses nothing', async () => {
    const file = path.join(bench.dataDir, 'journal.jsonl');
    const live = new Set<string>();
    const journal = new Journal<{ set: string } | { gone: string }>(file, () => [...live].map((set) => ({ set })));
    journal.compact();
    for (let round = 0; round < 30; round++) {
      const ids = Array.from({ length: 500 }, (_, index) => `${round}-${index}`);
      await Promise.all(ids.map((id) => journal.append([{ set: id }], () => live.add(id))));
      await Promise.all(ids.slice(1).map((id) => { live.delete(id); return journal.append([{ gone: id }], () => undefined); }));
    }
    await journal.close();
    expect(readFileSync(file, 'utf8').split('\n').length).toBeLessThan(12_000);
    const found = new Set<string>();
    for (const change of new Journal<{ set: string } | { gone: string }>(file, () => []).read()) found['set' in change ? 'add' : 'delete']('set' in change ? change.set : change.gone);
    expect([...found].sort()).toEqual([...live].sort());
    expect(found.size).toBe(30);
  });
});
