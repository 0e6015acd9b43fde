import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { startPipeline } from '../../cli/local/start-pipeline.ts';
import type { LocalPipeline } from '../../cli/local/start-pipeline.ts';
import type { Batch } from '../../cli/input/batches.ts';
import { runTurn, runWorkflow } from '../../cli/pipeline/run-workflow.ts';
import type { WorkflowInput } from '../../cli/pipeline/run-workflow.ts';
import { send } from '../../cli/publish/send.ts';
import type { RoleGrant } from '../../localcloud/iam/index.ts';
import { createDecision, putDecision } from '../../src/lib/quarantine/index.ts';
import { createObjects } from '../../src/lib/aws/index.ts';
import type { RunSummary } from '../../src/lib/run/index.ts';
import { neededOnAws } from './rights-on-aws.ts';

// Every role of the deployment is enforced, as in all tests of the pipeline; here each way through it is gone once, and what is left over is too much.

const dataDir = path.join(mkdtempSync(path.join(os.tmpdir(), 'floe-rights-')), 'data');
let pipeline: LocalPipeline;
beforeAll(async () => {
  pipeline = await startPipeline({ projectRoot: process.cwd(), dataDir, port: 0 });
}, 120_000);
afterAll(async () => {
  await pipeline.stop();
  rmSync(path.dirname(dataDir), { recursive: true });
});

const quiet = { onStep: () => undefined, signal: new AbortController().signal };
const event = (id: string, details: object = {}): string =>
  JSON.stringify({ event_id: id, session_id: 'S1', user_id: 'U1', event_type: 'click', event_timestamp: '2025-11-07T19:46:00', event_details: details });
const batch = (events: string[], file?: string): Batch => ({
  async *events() {
    for (const [at, text] of events.entries()) yield { file: 'test', line: at + 1, size: text.length, bytes: Buffer.from(text) };
  },
  async *users() {
    yield { file: 'test', line: 1, userId: 'U1', signupDate: '2025-01-01 00:00:00', deviceType: 'Web', country: 'PE', updatedAt: '2025-01-01 00:00:00' };
  },
  async *transactions() {
    if (file !== undefined) yield { name: file, content: Readable.from([Buffer.from(`transaction_id,session_id,user_id,amount,currency,transaction_timestamp\nT-${file},S1,U1,12.50,USD,2025-11-07 19:50:00\n`)]) };
  },
});
const bucket = (): ReturnType<typeof createObjects> => createObjects(pipeline.connection.clients.s3, pipeline.connection.names.lakeBucket);

/** A call of IAM's API, as an administrator makes it. */
const iam = async (Action: string, parameters: Record<string, string>): Promise<string> => {
  const headers = { authorization: 'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/iam/aws4_request' };
  const response = await fetch(pipeline.endpoint, { method: 'POST', headers, body: new URLSearchParams({ Action, ...parameters }) });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text;
};
const inlinePolicy = async (RoleName: string, PolicyName: string): Promise<string> =>
  decodeURIComponent(/<PolicyDocument>(.*)<\/PolicyDocument>/.exec(await iam('GetRolePolicy', { RoleName, PolicyName }))?.[1] ?? '');
const managedPolicy = async (PolicyArn: string): Promise<string> => {
  const VersionId = /<DefaultVersionId>(.*)<\/DefaultVersionId>/.exec(await iam('GetPolicy', { PolicyArn }))?.[1] ?? '';
  return decodeURIComponent(/<Document>(.*)<\/Document>/.exec(await iam('GetPolicyVersion', { PolicyArn, VersionId }))?.[1] ?? '');
};

const workflow = async (input: WorkflowInput): Promise<RunSummary> => {
  const { status, output, cause } = await runWorkflow(pipeline.connection, { ...quiet, input });
  expect([status, cause]).toEqual(['SUCCEEDED', undefined]);
  return output as RunSummary;
};

describe('the roles of the deployment', () => {
  test('allow everything the pipeline does', async () => {
    const sent = await send(pipeline.connection, batch([event('1'), '{"event_id":"2"}', event('3', { note: 'x'.repeat(900_000) })], 'one.csv'));
    expect(sent.failures).toEqual([]);
    const undelivered = { attemptsMade: 4, arrivalTimestamp: Date.now(), errorCode: 'Lambda.FunctionTimedOut', errorMessage: '…', attemptEndingTimestamp: Date.now(), rawData: Buffer.from(event('4')).toString('base64'), lambdaArn: 'arn:…' };
    await pipeline.cloud.store.put(pipeline.connection.names.lakeBucket, `errors/events/processing-failed/ingestion_date=${new Date().toISOString().slice(0, 10)}/failed`, Buffer.from(`${JSON.stringify(undelivered)}\n`));
    const report = await runTurn(pipeline.connection, quiet);
    expect([report.transactions, report.users, report.redrive].filter((answer) => answer?.ok !== true)).toEqual([]);
    expect([report.workflow.status, report.workflow.cause]).toEqual(['SUCCEEDED', undefined]);
    await workflow({});
    await workflow({ kind: 'sweep' });
    const [row] = (await pipeline.connection.lake.ask("SELECT record_hash, source_system, cast(seen_count AS integer), cast(date(first_seen_at) AS varchar) FROM silver.quarantine WHERE status = 'open'")).rows;
    const rows = [{ recordHash: row?.[0] ?? '', sourceSystem: row?.[1] ?? '', seenCount: Number(row?.[2]), firstSeenDate: row?.[3] ?? '', replayedAs: null }];
    const decision = await putDecision(bucket(), createDecision({ action: 'discard', note: null, patch: null, selection: {}, rows }, new Date()));
    await workflow({ kind: 'quarantine', decision });
    const today = new Date().toISOString().slice(0, 10);
    await workflow({ kind: 'backfill', from: today, to: today });
    await workflow({ kind: 'maintenance' });
    await workflow({ kind: 'rollback', to: (report.workflow.output as RunSummary).runId });
    await pipeline.cloud.scheduler.fire('floe-dev-redrive');
  }, 300_000);

  test('one that lacks an action of Athena: the run fails with the reason, and goes back', async () => {
    const PolicyArn = 'arn:aws:iam::000000000000:policy/floe-dev-LakeQueryPolicy';
    const document = await managedPolicy(PolicyArn);
    const put = (PolicyDocument: string): Promise<string> => iam('CreatePolicyVersion', { PolicyArn, PolicyDocument, SetAsDefault: 'true' });
    await put(document.replace('"glue:UpdateTable"', '"glue:GetTags"'));
    await send(pipeline.connection, batch([event('5')]));
    const { workflow: failed } = await runTurn(pipeline.connection, quiet);
    expect(failed.status).toBe('FAILED');
    expect(failed.cause).toMatch(/User: arn:aws:sts::000000000000:assumed-role\/floe-dev-WorkflowRole\/floe-dev-hourly is not authorized to perform: glue:UpdateTable on resource: arn:aws:glue:eu-west-1:000000000000:catalog because no identity-based policy allows the glue:UpdateTable action/);
    await put(document);
    await workflow({});
  }, 120_000);

  test('one that is about another prefix: the function fails with the reason', async () => {
    const [RoleName, PolicyName] = ['floe-dev-IngestTransactionsRole', 'ingest-transactions'];
    const PolicyDocument = await inlinePolicy(RoleName, PolicyName);
    await iam('PutRolePolicy', { RoleName, PolicyName, PolicyDocument: PolicyDocument.replace('/bronze/transactions/*', '/bronze/users/*') });
    await send(pipeline.connection, batch([], 'two.csv'));
    const answer = await pipeline.connection.invoke(pipeline.connection.names.ingestTransactions, {});
    expect(JSON.stringify(answer)).toMatch(/assumed-role\/floe-dev-IngestTransactionsRole\/floe-dev-ingest-transactions is not authorized to perform: s3:PutObject on resource: .*bronze\/transactions\//);
    await iam('PutRolePolicy', { RoleName, PolicyName, PolicyDocument });
  }, 60_000);

  test('allow nothing else but what AWS alone asks for', () => {
    // A policy is shared by roles: what one of them needs is not too much.
    const neverUsed = (nameOf: (grant: RoleGrant) => string): string[] => {
      const grants = pipeline.cloud.iam.grants();
      const used = new Set(grants.filter((grant) => grant.used).map(nameOf));
      return [...new Set(grants.filter((grant) => !used.has(nameOf(grant)) && !neededOnAws(grant)).map(nameOf))];
    };
    const statement = ({ policy, sid }: RoleGrant): string => `${policy.replace('floe-dev-', '')} ${sid}`;
    expect(neverUsed((grant) => `${statement(grant)}: ${grant.action}`)).toEqual([]);
    expect(neverUsed((grant) => `${statement(grant)}: on ${grant.resource}`)).toEqual([]);
  });

  test('a session that nobody has opened is refused', async () => {
    const stranger = new S3Client({ endpoint: pipeline.endpoint, region: 'eu-west-1', forcePathStyle: true, credentials: { accessKeyId: 'ASIAAAAAAAAAAAAAAAAA', secretAccessKey: 'x', sessionToken: 'x' } });
    await expect(stranger.send(new GetObjectCommand({ Bucket: pipeline.connection.names.lakeBucket, Key: 'x' }))).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
    stranger.destroy();
  });
});
