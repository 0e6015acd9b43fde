import { CliError } from '../cli-error.ts';
import type { Batch, DeliveredFile } from '../input/batches.ts';
import type { Connection } from '../pipeline/connection.ts';
import { publishEvents } from './events.ts';
import type { PublishedEvents } from './events.ts';
import { readDatabaseAccess, readSftpAccess } from './sources.ts';
import { openTransactionsFolder } from './transactions.ts';
import { publishUsers } from './users.ts';
import type { PublishedUsers } from './users.ts';

/** What was sent to each source; a source nothing was given for is missing. */
export interface SentBatch {
  events?: PublishedEvents;
  users?: PublishedUsers;
  /** Names of the files on the SFTP server. */
  files?: string[];
  /** One line per source that could not be sent to; the others were. */
  failures: string[];
}

export interface SendOptions {
  signal?: AbortSignal;
  onPublished?: (published: number) => void;
  /** The beginning of a file whose writer has not finished, put on the SFTP server as well. */
  unfinished?: { name: string; content: Buffer };
}

/** Sends one batch to the three ways in: users to the database, files to the SFTP server, events to the stream. */
export const send = async (connection: Connection, batch: Batch, options: SendOptions = {}): Promise<SentBatch> => {
  const { clients, names } = connection;
  const sent: SentBatch = { failures: [] };
  await orFailure(sent, async () => {
    const users = await startOf(batch.users());
    if (users !== undefined) sent.users = await publishUsers(await readDatabaseAccess(clients.secrets, shopSecretOf(connection)), users);
  });
  await orFailure(sent, async () => {
    const files = await startOf(batch.transactions());
    if (files !== undefined || options.unfinished !== undefined) sent.files = await putFiles(connection, files ?? [], options.unfinished);
  });
  await orFailure(sent, async () => {
    const records = await startOf(batch.events());
    const { signal, onPublished } = options;
    if (records !== undefined) sent.events = await publishEvents({ kinesis: clients.kinesis, stream: names.eventStream, records, ...(signal ? { signal } : {}), ...(onPublished ? { onPublished } : {}) });
  });
  return sent;
};

/** A source out of reach is reported and does not keep the others back; anything unforeseen ends the command. */
const orFailure = async (sent: SentBatch, work: () => Promise<void>): Promise<void> => {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    sent.failures.push(error.message);
  }
};

const shopSecretOf = ({ names, stack }: Connection): string => {
  if (names.shopSecret === undefined) throw new CliError(`nobody but the shop writes to the database of ${stack.name}`);
  return names.shopSecret;
};

const putFiles = async ({ clients, names: { sftpSecret } }: Connection, files: AsyncIterable<DeliveredFile> | Iterable<DeliveredFile>, unfinished: SendOptions['unfinished']): Promise<string[]> => {
  const folder = await openTransactionsFolder(await readSftpAccess(clients.secrets, sftpSecret));
  const names: string[] = [];
  try {
    for await (const { name, content } of files) {
      await folder.put(name, content);
      names.push(name);
    }
    if (unfinished !== undefined) await folder.putUnfinished(unfinished.name, unfinished.content);
  } finally {
    await folder.close();
  }
  return names;
};

/** The sequence again, once it is known to hold something; undefined where it is empty. */
const startOf = async <T>(items: AsyncGenerator<T>): Promise<AsyncGenerator<T> | undefined> => {
  const first = await items.next();
  if (first.done === true) return undefined;
  return (async function* () {
    yield first.value;
    yield* items;
  })();
};
