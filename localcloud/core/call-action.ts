import { AwsError } from './errors.ts';

/** Calls an action of a JSON service as a client would, unsigned. `target`: `AmazonAthena.GetQueryResults`. Throws the service's AwsError. */
export const callAction = async (endpoint: string, target: string, input: Record<string, unknown>): Promise<unknown> => {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
    body: JSON.stringify(input),
  });
  const answer: unknown = await response.json();
  if (response.ok) return answer;
  const { __type: code, message } = answer as { __type: string; message: string };
  throw new AwsError(code, message, { status: response.status });
};
