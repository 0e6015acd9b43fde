import { execFile } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { JsonFile } from '../core/files.ts';
import { findBinaries } from './binaries.ts';
import type { PostgresBinaries } from './binaries.ts';
import { clearLeftovers, serverEnvironment, startPostmaster, stopProcess } from './postmaster.ts';
import { clusterFolder, makeOwnedFolder, OWNER_FILE, unprivilegedUser } from './run-as.ts';
import type { RunAs } from './run-as.ts';
import type { PostgresConnection, PostgresOptions, PostgresServer } from './types.ts';

const run = promisify(execFile);
const HOST = '127.0.0.1';
const PORT_ATTEMPTS = 5;

/** Kept in `<dataDir>/cluster.json`. */
interface ClusterState {
  id: string;
  user: string;
  password: string;
  /** Process that started the server last. */
  ownerPid?: number;
}

/**
 * Starts a PostgreSQL server on a folder: made at the first start, gone on with later, also after `kill -9`. Loopback only,
 * passwords checked (scram-sha-256), commits synced. Throws one clear Error where it cannot start.
 */
export const startPostgres = async (options: PostgresOptions): Promise<PostgresServer> => {
  mkdirSync(options.dataDir, { recursive: true });
  const dataDir = realpathSync(options.dataDir);
  const runAs = unprivilegedUser();
  const binaries = findBinaries(options.packagesFrom ?? process.cwd(), runAs);
  const state = openState(dataDir, options);
  const cluster = clusterFolder(dataDir, state.get().id, runAs);
  if (path.dirname(cluster) !== dataDir) writeFileSync(path.join(path.dirname(cluster), OWNER_FILE), path.join(dataDir, 'cluster.json'));

  const isNew = !existsSync(path.join(cluster, 'PG_VERSION'));
  if (isNew) await makeCluster(binaries, cluster, state.get(), runAs);
  else await clearLeftovers(cluster, state.get().ownerPid);
  const { child, port } = await startOnPort(binaries, cluster, options.port ?? 0, runAs);
  state.update((draft) => (draft.ownerPid = process.pid));

  const { user, password } = state.get();
  const connectionInfo = { host: HOST, port, user, password };
  const server = new RunningPostgres(child, connectionInfo, cluster, isNew ? syncCluster(binaries, cluster, runAs) : Promise.resolve());
  try {
    await createDatabases(connectionInfo, options.databases ?? []);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
};

class RunningPostgres implements PostgresServer {
  readonly connectionInfo: PostgresConnection;
  readonly dataDir: string;
  readonly pid: number;
  private readonly child: ChildProcess;
  private readonly endWithProcess: () => void;
  private readonly synced: Promise<void>;

  constructor(child: ChildProcess, connectionInfo: PostgresConnection, dataDir: string, synced: Promise<void>) {
    this.child = child;
    this.synced = synced;
    synced.catch(() => undefined); // told by stop()
    this.pid = child.pid ?? 0;
    this.connectionInfo = connectionInfo;
    this.dataDir = dataDir;
    this.endWithProcess = () => void child.kill('SIGINT');
    process.once('exit', this.endWithProcess);
  }

  async stop(): Promise<void> {
    process.removeListener('exit', this.endWithProcess);
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.ref();
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    await stopProcess(this.pid);
    await ended;
    await this.synced;
  }
}

const openState = (dataDir: string, options: PostgresOptions): JsonFile<ClusterState> => {
  const file = path.join(dataDir, 'cluster.json');
  const isNew = !existsSync(file);
  const state = new JsonFile<ClusterState>(file, { id: randomUUID(), user: options.user ?? 'postgres', password: options.password ?? randomBytes(16).toString('hex') });
  if (isNew) state.update(() => undefined);
  chmodSync(file, 0o600);
  return state;
};

/** initdb in a folder that is thrown away if it fails: a cluster that is there is whole. */
const makeCluster = async (binaries: PostgresBinaries, cluster: string, state: ClusterState, runAs: RunAs | undefined): Promise<void> => {
  rmSync(cluster, { recursive: true, force: true });
  makeOwnedFolder(cluster, runAs);
  const secrets = mkdtempSync(path.join(tmpdir(), 'localcloud-postgres-'));
  const passwordFile = path.join(secrets, 'password');
  try {
    writeFileSync(passwordFile, state.password, { mode: 0o600 });
    if (runAs) for (const file of [secrets, passwordFile]) chownSync(file, runAs.uid, runAs.gid);
    const flags = [`--pgdata=${cluster}`, '--auth=scram-sha-256', `--username=${state.user}`, `--pwfile=${passwordFile}`, '--encoding=UTF8', '--locale=C', '--no-sync'];
    await run(binaries.initdb, flags, { ...runAs, cwd: path.parse(cluster).root, env: serverEnvironment() });
  } catch (cause) {
    rmSync(cluster, { recursive: true, force: true });
    throw new Error(`PostgreSQL cannot make a cluster in ${cluster}: ${(cause as Error).message}`, { cause });
  } finally {
    rmSync(secrets, { recursive: true, force: true });
  }
};

/** Brings a new cluster's files to the disk, while the server runs: waiting for it would double the time of the first start. */
const syncCluster = async (binaries: PostgresBinaries, cluster: string, runAs: RunAs | undefined): Promise<void> => {
  await run(binaries.initdb, [`--pgdata=${cluster}`, '--sync-only'], { ...runAs, cwd: path.parse(cluster).root, env: serverEnvironment() });
};

const freePort = async (): Promise<number> => {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => probe.once('error', reject).listen(0, HOST, resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
};

/** A free port may be taken by another process before the server has it: then another one is tried. */
const startOnPort = async (binaries: PostgresBinaries, cluster: string, wanted: number, runAs: RunAs | undefined): Promise<{ child: ChildProcess; port: number }> => {
  for (let attempt = 1; ; attempt += 1) {
    const port = wanted === 0 ? await freePort() : wanted;
    try {
      return { child: await startPostmaster(binaries, cluster, port, runAs), port };
    } catch (error) {
      const taken = error instanceof Error && error.message.includes('Address already in use');
      if (!taken) throw error;
      if (wanted !== 0) throw new Error(`port ${wanted} is taken: PostgreSQL cannot listen on it`, { cause: error });
      if (attempt === PORT_ATTEMPTS) throw error;
    }
  }
};

const createDatabases = async (connection: PostgresConnection, names: readonly string[]): Promise<void> => {
  const client = new pg.Client({ ...connection, database: 'postgres' });
  try {
    await client.connect();
    const { rows } = await client.query<{ datname: string }>('SELECT datname FROM pg_database');
    for (const name of names) {
      if (!rows.some((row) => row.datname === name)) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
    }
  } catch (cause) {
    throw new Error(`PostgreSQL at port ${connection.port} cannot be signed in to: ${(cause as Error).message}`, { cause });
  } finally {
    await client.end();
  }
};
