import { crc32 } from 'node:zlib';

const STRING_TYPE = 7;

const header = (name: string, value: string): Buffer => {
  const [nameBytes, valueBytes] = [Buffer.from(name), Buffer.from(value)];
  const length = Buffer.alloc(2);
  length.writeUInt16BE(valueBytes.length);
  return Buffer.concat([Buffer.from([nameBytes.length]), nameBytes, Buffer.from([STRING_TYPE]), length, valueBytes]);
};

const word = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};

/** One event as a message of `application/vnd.amazon.eventstream` (https://smithy.io/2.0/aws/amazon-eventstream.html). */
export const eventMessage = (type: string, payload: unknown): Buffer => {
  const body = Buffer.from(JSON.stringify(payload));
  const headers = Buffer.concat([header(':message-type', 'event'), header(':event-type', type), header(':content-type', 'application/json')]);
  const lengths = Buffer.concat([word(16 + headers.length + body.length), word(headers.length)]);
  const message = Buffer.concat([lengths, word(crc32(lengths)), headers, body]);
  return Buffer.concat([message, word(crc32(message))]);
};
