import path from 'node:path';
import { FirehoseService } from '../../../localcloud/firehose/index.ts';
import { KinesisService } from '../../../localcloud/kinesis/index.ts';
import { FileObjectStore } from '../../../localcloud/s3/index.ts';
import { REGION } from '../kinesis/support.ts';

export const BUCKET = 'lake';

export interface Delivery {
  store: FileObjectStore;
  kinesis: KinesisService;
  firehose: FirehoseService;
}

/** Streams and their delivery to real files, as soon as records arrive. */
export const openDelivery = (dataDir: string): Delivery => {
  const clock = (): Date => new Date();
  const store = new FileObjectStore({ dataDir });
  const kinesis = new KinesisService({ dataDir: path.join(dataDir, 'kinesis'), region: REGION, clock });
  const functions = { invoke: () => Promise.reject(new Error('no function is called')) };
  const firehose = new FirehoseService({ dataDir: path.join(dataDir, 'firehose'), region: REGION, clock, objects: store, streams: kinesis, functions, catalog: { table: () => undefined }, bufferSeconds: 0 });
  return { store, kinesis, firehose };
};
