// Reads an Iceberg table with icebird, in a process of its own, and prints its rows as JSON lines.
// usage: node read-with-icebird.mjs <folder that stands for S3> <metadata file>
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { icebergRead } from 'icebird';

const [root, metadataFile] = process.argv.slice(2);

// icebird fetches from S3 by HTTP: its requests are answered from the folder.
globalThis.fetch = async (url) => {
  const [, bucket, key] = /^https:\/\/([^.]+)\.s3\.amazonaws\.com\/(.*)$/.exec(url);
  return new globalThis.Response(readFileSync(path.join(root, bucket, key)));
};

const metadata = JSON.parse(readFileSync(metadataFile, 'utf8'));
const rows = await icebergRead({ tableUrl: metadata.location, metadata });
for (const row of rows) console.log(JSON.stringify(row, (_key, value) => (typeof value === 'bigint' ? String(value) : value)));
