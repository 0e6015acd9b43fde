import { AwsError } from '../core/errors.ts';
import type { ObjectStore, Publisher, QueueSender } from '../core/ports.ts';

/** Where records of invocations go. */
export interface DestinationPorts {
  queues: QueueSender;
  publisher: Publisher;
  objects: Pick<ObjectStore, 'put' | 'bucketExists'>;
}

type Kind = 'sqs' | 'sns' | 's3' | 'lambda';

const KINDS: readonly [Kind, RegExp][] = [
  ['sqs', /^arn:aws:sqs:[\w-]+:\d{12}:[\w-]+$/],
  ['sns', /^arn:aws:sns:[\w-]+:\d{12}:[\w-]+$/],
  ['s3', /^arn:aws:s3:::[a-z0-9.-]+$/],
  ['lambda', /^arn:aws:lambda:[\w-]+:\d{12}:function:[\w-]+(:[\w$-]+)?$/],
];

const kindOf = (destinationArn: string): Kind | undefined => KINDS.find(([, pattern]) => pattern.test(destinationArn))?.[0];

/** Throws InvalidParameterValueException where a destination is not one of these kinds. */
export const checkDestination = (destinationArn: string, kinds: readonly Kind[]): void => {
  const kind = kindOf(destinationArn);
  if (kind === undefined || !kinds.includes(kind)) throw new AwsError('InvalidParameterValueException', `The provided destination config DestinationArn: ${destinationArn} is not supported locally: it must be one of ${kinds.join(', ')}`);
};

/**
 * Sends a record of an invocation. `key`: of the object, for a bucket. `invoke`: hands it to a function. Throws the service's
 * AwsError, e.g. where there is no such queue.
 */
export const sendToDestination = async (destinationArn: string, record: unknown, key: string, ports: DestinationPorts, invoke: (functionArn: string, payload: string) => void): Promise<void> => {
  const text = JSON.stringify(record);
  const kind = kindOf(destinationArn);
  if (kind === 'sqs') await ports.queues.send(destinationArn, text);
  else if (kind === 'sns') await ports.publisher.publish(destinationArn, text);
  else if (kind === 'lambda') invoke(destinationArn, text);
  else if (kind === 's3') {
    const bucket = destinationArn.split(':::')[1] ?? '';
    if (!ports.objects.bucketExists(bucket)) throw new AwsError('NoSuchBucket', `The specified bucket does not exist: ${bucket}`);
    await ports.objects.put(bucket, key, Buffer.from(text), { contentType: 'application/json' });
  }
};
