// Reads Iceberg tables with icebird, one for each line of stdin, and answers each with a line: the rows as JSON.
// A line of stdin: {"root": "<folder that stands for S3>", "metadataFile": "<path>"}
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { icebergRead } from 'icebird';

let root = '';

// icebird fetches from S3 by HTTP: its requests are answered from the folder.
globalThis.fetch = async (url) => {
  const [, bucket, key] = /^https:\/\/([^.]+)\.s3\.amazonaws\.com\/(.*)$/.exec(url);
  return new globalThis.Response(readFileSync(path.join(root, bucket, key)));
};

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  root = request.root;
  const metadata = JSON.parse(readFileSync(request.metadataFile, 'utf8'));
  const rows = await icebergRead({ tableUrl: metadata.location, metadata });
  console.log(JSON.stringify(rows, (_key, value) => (typeof value === 'bigint' ? String(value) : value)));
}
