import type { Caller } from './caller.ts';
import { AwsError } from './errors.ts';

/** Whose call it is, and of which service where. Only this much is read of a signature. */
export interface Signature {
  caller: Caller;
  region: string;
  service: string;
}

const authorization = ({ caller, region, service }: Signature): string => `AWS4-HMAC-SHA256 Credential=${caller.accessKeyId}/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=none`;

/** Calls an action of a JSON service as a client would. `target`: `AmazonAthena.GetQueryResults`. Throws the service's AwsError. */
export const callAction = async (endpoint: string, target: string, input: Record<string, unknown>, signature?: Signature): Promise<unknown> => {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target, ...(signature ? { authorization: authorization(signature) } : {}) },
    body: JSON.stringify(input),
  });
  const answer: unknown = await response.json();
  if (response.ok) return answer;
  const { __type: code, message } = answer as { __type: string; message: string };
  throw new AwsError(code, message, { status: response.status });
};
