import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { KindContext, ResourceKind } from '../kind.ts';
import { requiredText } from '../kind.ts';
import { isObject } from '../values.ts';

/** What a function puts to the ResponseURL: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html */
interface Answer {
  Status: 'SUCCESS' | 'FAILED';
  Reason?: string;
  PhysicalResourceId?: string;
  Data?: Record<string, unknown>;
}

/**
 * A resource that a function of the template makes. As nothing is remembered between two deployments, each of them asks it to
 * create; the function has to take that twice, as CloudFormation's own retries want it to.
 */
export const customResource: ResourceKind = {
  applied: 'all',
  ignored: [],
  async apply(context) {
    const mailbox = await openMailbox();
    try {
      await invoke(context, mailbox.url);
      const answer = mailbox.answer();
      if (answer === undefined) throw new Error('the function has ended and put no answer to its ResponseURL');
      if (answer.Status !== 'SUCCESS') throw new Error(answer.Reason ?? 'the function answered FAILED without a reason');
      const ref = answer.PhysicalResourceId ?? `${context.stackName}-${context.logicalId}`;
      return { ref, attributes: Object.fromEntries(Object.entries(answer.Data ?? {}).map(([name, value]) => [name, String(value)])), status: 'created' };
    } finally {
      await mailbox.close();
    }
  },
};

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html */
const invoke = async (context: KindContext, responseUrl: string): Promise<void> => {
  const { stackName, logicalId, region, accountId, properties } = context;
  const name = requiredText(context, 'ServiceToken').split(':').at(-1) ?? '';
  await context.clients.raw.rest('lambda', 'POST', `/2015-03-31/functions/${name}/invocations`, {
    RequestType: 'Create',
    ResponseURL: responseUrl,
    StackId: `arn:aws:cloudformation:${region}:${accountId}:stack/${stackName}/local`,
    RequestId: randomUUID(),
    ResourceType: 'AWS::CloudFormation::CustomResource',
    LogicalResourceId: logicalId,
    ResourceProperties: asTexts(properties),
  });
};

/** CloudFormation hands every number and truth value over as text. */
const asTexts = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(asTexts);
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asTexts(item)]));
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
};

/** Stands for the presigned S3 address that CloudFormation gives: takes one answer. */
const openMailbox = async (): Promise<{ url: string; answer: () => Answer | undefined; close: () => Promise<void> }> => {
  let answer: Answer | undefined;
  const server = createServer((request, response) => {
    text(request).then(
      (body) => {
        answer = JSON.parse(body) as Answer;
        response.end();
      },
    ).catch((error: unknown) => response.writeHead(400).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    answer: () => answer,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
};
