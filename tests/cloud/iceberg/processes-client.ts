/**
 * A client of which several run at once against one cloud, over HTTP with no SDK: runs statements on db.t one after the other, and
 * prints how each ended as processes-program.ts does.
 *
 * usage: node processes-client.cjs <endpoint> <name> <insert|merge> <times>
 */
import { setTimeout as sleep } from 'node:timers/promises';

const call = async (endpoint: string, action: string, input: unknown): Promise<Record<string, unknown>> => {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AmazonAthena.${action}`,
      authorization: 'AWS4-HMAC-SHA256 Credential=a/20260101/eu-west-1/athena/aws4_request, SignedHeaders=host, Signature=00',
    },
    body: JSON.stringify(input),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  if (!response.ok) throw new Error(`${action}: ${JSON.stringify(answer)}`);
  return answer;
};

interface Status {
  State: string;
  StateChangeReason?: string;
}

const run = async (endpoint: string, sql: string): Promise<Status> => {
  const { QueryExecutionId } = await call(endpoint, 'StartQueryExecution', { QueryString: sql, ResultConfiguration: { OutputLocation: 's3://lake/results/' } });
  for (;;) {
    const { QueryExecution } = await call(endpoint, 'GetQueryExecution', { QueryExecutionId });
    const status = (QueryExecution as { Status: Status }).Status;
    if (!['QUEUED', 'RUNNING'].includes(status.State)) return status;
    await sleep(20);
  }
};

const sqlOf = (kind: string, id: string): string =>
  kind === 'insert'
    ? `INSERT INTO db.t VALUES ('${id}', 1)`
    : `MERGE INTO db.t t USING (VALUES 'counter', '${id}') AS s(id) ON t.id = s.id WHEN MATCHED THEN UPDATE SET v = t.v + 1 WHEN NOT MATCHED THEN INSERT (id, v) VALUES (s.id, 1)`;

const main = async ([endpoint = '', name = '', kind = '', times = '0']: readonly string[]): Promise<void> => {
  for (let number = 0; number < Number(times); number += 1) {
    const id = `${name}-${kind}-${number}`;
    const { State, StateChangeReason = '' } = await run(endpoint, sqlOf(kind, id));
    if (State !== 'SUCCEEDED' && !StateChangeReason.startsWith('ICEBERG_COMMIT_ERROR')) throw new Error(`${State}: ${StateChangeReason}`);
    process.stdout.write(`${State === 'SUCCEEDED' ? 'committed' : 'refused'} ${id}\n`);
  }
};

void main(process.argv.slice(2));
