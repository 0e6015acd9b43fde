import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import { KinesisClient, ListStreamsCommand } from '@aws-sdk/client-kinesis';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns';
import { jsonProtocol } from '../../../localcloud/core/json-protocol.ts';
import type { Service } from '../../../localcloud/core/service.ts';
import { Gateway, PortInUseError } from '../../../localcloud/gateway/index.ts';
import { serviceOf } from '../../../localcloud/gateway/route.ts';
import { FileObjectStore, S3Service } from '../../../localcloud/s3/index.ts';
import { credentials, gatewayFor, region, temporaryDirectory } from '../edge/temporary.ts';

const versions: string[] = [];
const kinesis: Service = {
  signingNames: ['kinesis'],
  handle: (request, response) => {
    versions.push(request.httpVersion);
    return jsonProtocol('Kinesis', { ListStreams: () => ({ StreamNames: ['one'], HasMoreStreams: false }) })(request, response);
  },
};
const store = new FileObjectStore({ dataDir: temporaryDirectory() });
const gateway = gatewayFor(() => [kinesis, new S3Service({ store })]);

/** A request without the SDK: status and body. */
const fetchRaw = (options: http.RequestOptions, body = ''): Promise<{ status: number; body: string }> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(gateway.endpoint());
    const request = http.request({ hostname, port, ...options }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
    });
    request.on('error', reject);
    request.end(body);
  });

describe('routing', () => {
  const scope = (service: string): string =>
    `AWS4-HMAC-SHA256 Credential=AKIA/20261122/eu-west-1/${service}/aws4_request, SignedHeaders=host, Signature=00`;

  test.each([
    [
      'the credential scope of the signature',
      { authorization: scope('athena'), 'x-amz-target': 'Kinesis_20131202.ListStreams' },
      '/',
      'athena',
    ],
    [
      'the credential scope of a presigned URL',
      {},
      '/b/k?X-Amz-Credential=AKIA%2F20261122%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Date=1',
      's3',
    ],
    ['X-Amz-Target where a request is not signed', { 'x-amz-target': 'AWSGlue.GetTables' }, '/', 'glue'],
    ['S3 where nothing else is said', {}, '/bucket/key', 's3'],
  ])('goes by %s', (_case, headers, url, expected) => {
    expect(serviceOf(headers, url)).toBe(expected);
  });

  test('a service that is not there answers an error that says so, in the protocol asked', async () => {
    const json = await fetchRaw(
      { method: 'POST', path: '/', headers: { authorization: scope('ssm'), 'x-amz-target': 'AmazonSSM.GetParameter' } },
      '{}',
    );
    expect(json).toMatchObject({ status: 501, body: expect.stringContaining('The service \\"ssm\\" is not supported locally') as string });
    const sns = new SNSClient({ endpoint: gateway.endpoint(), region, credentials, maxAttempts: 1 });
    await expect(sns.send(new ListTopicsCommand({}))).rejects.toThrow('The service "sns" is not supported locally');
    sns.destroy();
  });

  test('an action that is not there answers an error that says so', async () => {
    const answer = await fetchRaw({ method: 'POST', path: '/', headers: { 'x-amz-target': 'Kinesis_20131202.Invented' } }, '{}');
    expect(answer).toMatchObject({ status: 501, body: expect.stringContaining('Kinesis: Invented is not supported locally') as string });
  });
});

describe('one port', () => {
  test('speaks HTTP/2 with prior knowledge, as the Kinesis client does by default, and HTTP/1.1', async () => {
    const client = new KinesisClient({ endpoint: gateway.endpoint(), region, credentials, maxAttempts: 1 });
    expect((await client.send(new ListStreamsCommand({}))).StreamNames).toEqual(['one']);
    client.destroy();
    await fetchRaw({ method: 'POST', path: '/', headers: { 'x-amz-target': 'Kinesis_20131202.ListStreams' } }, '{}');
    expect(versions.slice(-2)).toEqual(['2.0', '1.1']);
  });

  test('carries many streams of one HTTP/2 connection at once', async () => {
    const session = http2.connect(gateway.endpoint());
    const ask = (): Promise<string> =>
      new Promise((resolve, reject) => {
        const stream = session.request({ ':method': 'POST', ':path': '/', 'x-amz-target': 'Kinesis_20131202.ListStreams' });
        let body = '';
        stream.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
        stream.on('end', () => resolve(body)).on('error', reject);
        stream.end('{}');
      });
    const answers = await Promise.all(Array.from({ length: 50 }, ask));
    session.close();
    expect(new Set(answers)).toEqual(new Set(['{"StreamNames":["one"],"HasMoreStreams":false}']));
  });

  test('serves objects by path and by virtual host below localhost', async () => {
    store.createBucket('hosted');
    await store.put('hosted', 'a/b', Buffer.from('hello'));
    expect(await fetchRaw({ path: '/hosted/a/b' })).toEqual({ status: 200, body: 'hello' });
    expect(await fetchRaw({ path: '/a/b', headers: { host: 'hosted.localhost:4566' } })).toEqual({ status: 200, body: 'hello' });
  });

  test('answers its health', async () => {
    expect(JSON.parse((await fetchRaw({ path: '/_localcloud/health' })).body)).toEqual({ status: 'running', services: ['kinesis', 's3'] });
  });
});

describe('safety', () => {
  test('a host other than loopback is refused', async () => {
    await expect(Gateway.start({ services: [], port: 0, host: '0.0.0.0' })).rejects.toThrow(RangeError);
  });

  test.each([
    ['a foreign host name, as after DNS rebinding', { host: 'evil.example' }],
    ['a foreign page', { origin: 'https://evil.example' }],
  ])('a request from %s is refused', async (_case, headers) => {
    expect(
      (await fetchRaw({ method: 'POST', path: '/', headers: { ...headers, 'x-amz-target': 'Kinesis_20131202.ListStreams' } }, '{}')).status,
    ).toBe(403);
  });

  test('a taken port is an error that names it', async () => {
    const port = Number(new URL(gateway.endpoint()).port);
    await expect(Gateway.start({ services: [], port })).rejects.toMatchObject({ name: 'PortInUseError', port });
    await expect(Gateway.start({ services: [], port })).rejects.toThrow(PortInUseError);
  });

  test('bytes that are no HTTP do not disturb the others', async () => {
    const { hostname, port } = new URL(gateway.endpoint());
    const socket = net.connect(Number(port), hostname);
    socket.end(Buffer.from([0, 1, 2, 3]));
    await new Promise((resolve) => socket.once('close', resolve).resume());
    expect((await fetchRaw({ path: '/_localcloud/health' })).status).toBe(200);
  });
});

describe('stopping', () => {
  test('lets a request under way end and then closes idle connections', async () => {
    let release: (() => void) | undefined;
    let begun = (): void => undefined;
    const beginning = new Promise<void>((resolve) => (begun = resolve));
    const slow: Service = {
      signingNames: ['s3'],
      handle: async (_request, response) => {
        begun();
        await new Promise<void>((resolve) => (release = resolve));
        response.end('done');
      },
    };
    const own = await Gateway.start({ services: [slow], port: 0 });
    const answer = fetch(`${own.endpoint}/b/k`).then((response) => response.text());
    await beginning;
    const stopped = own.stop();
    release?.();
    expect(await answer).toBe('done');
    await stopped;
    await expect(fetch(`${own.endpoint}/b/k`)).rejects.toThrow();
  });

  test('an object written through the SDK is there after a new gateway is started on the same directory', async () => {
    const dataDir = temporaryDirectoryOfTest();
    const first = await Gateway.start({ services: [new S3Service({ store: prepared(dataDir) })], port: 0 });
    const writer = new S3Client({ endpoint: first.endpoint, region, credentials });
    await writer.send(new PutObjectCommand({ Bucket: 'kept', Key: 'k', Body: 'v', ContentType: 'text/plain' }));
    await first.stop();
    const second = await Gateway.start({ services: [new S3Service({ store: new FileObjectStore({ dataDir }) })], port: 0 });
    const reader = new S3Client({ endpoint: second.endpoint, region, credentials });
    const object = await reader.send(new GetObjectCommand({ Bucket: 'kept', Key: 'k' }));
    expect([object.ContentType, await object.Body?.transformToString()]).toEqual(['text/plain', 'v']);
    writer.destroy();
    reader.destroy();
    await second.stop();
  });
});

const directoryOfTests = temporaryDirectory();
const temporaryDirectoryOfTest = (): string => `${directoryOfTests}/restart`;
const prepared = (dataDir: string): FileObjectStore => {
  const created = new FileObjectStore({ dataDir });
  created.createBucket('kept');
  return created;
};
