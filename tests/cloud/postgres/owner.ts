import pg from 'pg';
import { startPostgres } from '../../../localcloud/postgres/index.ts';

/** Starts a server, commits a row, says the server's process id, and waits to be killed. */
const main = async (dataDir: string): Promise<void> => {
  const server = await startPostgres({ dataDir, databases: ['shop'] });
  const client = new pg.Client({ ...server.connectionInfo, database: 'shop' });
  await client.connect();
  await client.query("INSERT INTO users VALUES ('USR_KILLED')");
  process.stdout.write(`${server.pid}\n`);
  setInterval(() => undefined, 60_000);
};

void main(process.argv[2] ?? '');
