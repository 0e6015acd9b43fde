import { spawn, spawnSync, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { createInterface } from 'node:readline';

/** Why the comparison cannot be made on this machine; nothing was compared. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}

export interface TrinoServer {
  /** `http://127.0.0.1:<port>` */
  url: string;
  stop(): Promise<void>;
}

/** A heap that a laptop has to spare, and the quick compiler alone: a thousand small statements never repay the other one. */
const JVM_OPTIONS = ['-Xmx2g', '-XX:TieredStopAtLevel=1', '-Djdk.attach.allowAttachSelf=true', '--add-opens=java.base/java.nio=ALL-UNNAMED'];
const START_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 20_000;

/**
 * Fetches Trino through Maven, as the user has configured it, and starts it on a free port of the loopback address.
 * @param sources the folder of pom.xml and TrinoServer.java
 * @param folder an empty folder for all it writes
 * @throws Unavailable where Java, Maven or one of Trino's parts is missing
 */
export const startTrino = async (sources: string, folder: string): Promise<TrinoServer> => {
  requireTool('java', ['-version'], 'Java 17 is needed to run Trino');
  requireTool('mvn', ['-v'], 'Maven is needed to fetch Trino');
  const classpath = await fetchClasspath(sources, folder);
  const child = spawn('java', [...JVM_OPTIONS, '-cp', classpath, path.join(sources, 'TrinoServer.java'), folder], { stdio: ['pipe', 'pipe', 'pipe'] });
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null) return;
    const ended = once(child, 'exit');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    child.stdin.end(); // the server ends with its standard input
    await ended;
    clearTimeout(timer);
  };
  try {
    return { url: await readyUrl(child), stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

const requireTool = (command: string, parameters: string[], why: string): void => {
  const { error, status } = spawnSync(command, parameters, { stdio: 'ignore' });
  if (error || status !== 0) throw new Unavailable(`${why}, and \`${command} ${parameters.join(' ')}\` does not run`);
};

const fetchClasspath = async (sources: string, folder: string): Promise<string> => {
  const file = path.join(folder, 'classpath');
  const { status, stdout, stderr } = spawnSync('mvn', ['-B', '-q', '-f', path.join(sources, 'pom.xml'), 'dependency:build-classpath', `-Dmdep.outputFile=${file}`], { encoding: 'utf8' });
  if (status !== 0) throw new Unavailable(`Maven could not fetch Trino: ${`${stdout}${stderr}`.split('\n').find((line) => line.includes('ERROR')) ?? 'no reason given'}`);
  return readFile(file, 'utf8');
};

/** The address the server prints when it is ready. */
const readyUrl = async (child: ChildProcessByStdio<Writable, Readable, Readable>): Promise<string> => {
  const log: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log.push(text);
    if (log.length > 200) log.shift();
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), START_TIMEOUT_MS);
  try {
    for await (const line of createInterface(child.stdout)) if (line.startsWith('READY ')) return line.slice('READY '.length);
    throw new Error(`Trino did not start:\n${log.join('').split('\n').slice(-20).join('\n')}`);
  } finally {
    clearTimeout(timer);
    child.stdout.resume();
  }
};
