import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { FileObjectStore, S3Service } from '../../../localcloud/s3/index.ts';
import { credentials, REGION, serve } from '../kinesis/support.ts';

/** Overwrites a few objects, several at once, until it is killed; a line for each write that was acknowledged. */
const main = async (dataDir: string): Promise<void> => {
  const store = new FileObjectStore({ dataDir });
  store.createBucket('killed');
  const server = await serve(new S3Service({ store }));
  const client = new S3Client({ region: REGION, endpoint: server.endpoint, credentials, forcePathStyle: true });
  const write = async (writer: number): Promise<void> => {
    for (let index = 1; ; index += 1) {
      const body = String(index).repeat(index * 100);
      await client.send(new PutObjectCommand({ Bucket: 'killed', Key: `folder-${writer}/object`, Body: body, ContentType: `index/${index}` }));
      process.stdout.write(`${writer} ${index}\n`);
    }
  };
  await Promise.all([0, 1, 2].map(write));
};

void main(process.argv[2] ?? '');
