import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import type { DatabaseAccess } from '../publish/sources.ts';

/** Creates the shop's own tables (sql/oltp/, in the files' order) where they are not there yet. */
export const createShopTables = async (access: DatabaseAccess, projectRoot: string): Promise<void> => {
  const folder = path.join(projectRoot, 'sql', 'oltp');
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort();
  const client = new pg.Client({ ...access });
  // A lost connection fails the query that waits for it; between two there is nobody to tell.
  client.on('error', () => undefined);
  await client.connect();
  try {
    // A notice for each "if not exists" is not worth a line.
    await client.query('SET client_min_messages = warning');
    for (const file of files) await client.query(await readFile(path.join(folder, file), 'utf8'));
  } finally {
    await client.end();
  }
};
