import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { openStatementLibrary } from '../../../src/lib/statements/index.ts';
import { BATCHES } from './batches.ts';
import { openLocalEngine } from './local-engine.ts';
import { runPipeline, type Transcript } from './pipeline.ts';
import { compareCases } from './semantics.ts';
import { createTrinoClient, type RunOnTrino } from './trino-client.ts';
import { createTrinoEngine } from './trino-engine.ts';
import { compareRandomQueries } from './random.ts';
import { compareRollback } from './rollback.ts';
import { startTrino, Unavailable } from './trino-server.ts';

const say = (line: string): boolean => process.stdout.write(`${line}\n`);

/** Folders of sql/ that are not for Trino. */
const LEFT_OUT: Readonly<Record<string, string>> = { oltp: "PostgreSQL's", maintenance: "Athena's own OPTIMIZE and VACUUM" };

/** Prints every difference. @returns how many there are */
const comparePipelines = async (root: string, folder: string, run: RunOnTrino): Promise<number> => {
  const library = openStatementLibrary(path.join(root, 'sql'));
  const local = openLocalEngine(folder);
  try {
    const floe = await runPipeline(local, library, BATCHES);
    const trino = await runPipeline(createTrinoEngine(run), library, BATCHES);
    const differences = compareTranscripts(floe.transcript, trino.transcript);
    const rows = trino.transcript.reduce((sum, { answer }) => sum + answer.length, 0);
    say(`floe's SQL: ${trino.statements.size} statements of sql/, ${trino.transcript.length} answers and tables with ${rows} rows compared, ${differences} different`);
    const folders = (await readdir(path.join(root, 'sql'))).filter((name) => !Object.hasOwn(LEFT_OUT, name));
    const missing = (await Promise.all(folders.map((name) => library.names(name)))).flat().filter((name) => !trino.statements.has(name));
    say(`  left out: ${Object.entries(LEFT_OUT).map(([name, why]) => `sql/${name} (${why})`).join(', ')}`);
    if (missing.length > 0) say(`  not run: ${missing.join(', ')}`);
    return differences + missing.length + tooManyStages(trino.stages);
  } finally {
    await local.close();
  }
};

/**
 * Trino refuses a statement of more than 150 stages (query.max-stage-count, https://trino.io/docs/current/admin/properties-query-management.html);
 * Presto's limit was 100. Athena does not name its own. A WITH query is planned anew for every mention, so they grow quickly.
 */
const MOST_STAGES = 100;

/** Prints the statements of most stages. @returns how many have too many */
const tooManyStages = (stages: ReadonlyMap<string, number>): number => {
  const sorted = [...stages].sort(([, a], [, b]) => b - a);
  say(`  most stages: ${sorted.slice(0, 5).map(([name, count]) => `${count} (${name})`).join(', ')}; at most ${MOST_STAGES} are allowed`);
  return sorted.filter(([, count]) => count > MOST_STAGES).length;
};

const compareTranscripts = (floe: Transcript, trino: Transcript): number => {
  let differences = 0;
  for (let index = 0; index < Math.max(floe.length, trino.length); index++) {
    const [a, b] = [floe[index], trino[index]];
    const onlyFloe = a?.answer.filter((line) => !b?.answer.includes(line)) ?? [];
    const onlyTrino = b?.answer.filter((line) => !a?.answer.includes(line)) ?? [];
    if (a?.title === b?.title && a?.answer.length === b?.answer.length && onlyFloe.length + onlyTrino.length === 0) continue;
    differences += 1;
    say(`  ${a?.title ?? 'nothing'}${a?.title === b?.title ? '' : ` | ${b?.title ?? 'nothing'}`}`);
    for (const line of onlyFloe) say(`    floe:  ${line}`);
    for (const line of onlyTrino) say(`    Trino: ${line}`);
  }
  return differences;
};

const compareSemantics = async (run: RunOnTrino): Promise<number> => {
  const { count, refused, differences } = await compareCases(run);
  for (const { expression, expected, trino } of differences) say(`  ${expression}\n    expected: ${expected}\n    Trino:    ${trino}`);
  say(`Semantic cases: ${count} compared, ${differences.length} different; ${refused} left out, which floe's engine refuses`);
  return differences.length;
};

const compareRolledBack = async (run: RunOnTrino): Promise<number> => {
  const differences = await compareRollback(run);
  for (const difference of differences) say(`  ${difference}`);
  say(`Rollback: Trino goes on with metadata that floe has moved back, ${differences.length} different`);
  return differences.length;
};

const DEFAULT_SEED = 20_250_601;
const DEFAULT_QUERIES = 500;

/** FLOE_SEED and FLOE_RUNS choose other queries, or more of them. */
const compareRandom = async (run: RunOnTrino, environment: NodeJS.ProcessEnv): Promise<number> => {
  const seed = Number(environment['FLOE_SEED'] ?? DEFAULT_SEED);
  const { compared, failed, refused, listed, differences } = await compareRandomQueries(run, seed, Number(environment['FLOE_RUNS'] ?? DEFAULT_QUERIES));
  for (const { sql, floe, trino } of differences) say(`  ${sql}\n    floe:  ${floe.replaceAll('\n', '\n           ')}\n    Trino: ${trino.replaceAll('\n', '\n           ')}`);
  say(`Random queries (seed ${seed}): ${compared} compared, ${differences.length} different, ${listed} more as docs/fidelity.md says; ${failed} failed in both; ${refused} more refused by floe's engine`);
  return differences.length;
};

/** Exit code 0: all equal; 1: something differs or failed; 3: what it compares with is not there, nothing was compared. */
const main = async (root: string): Promise<number> => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'floe-trino-'));
  try {
    say('Starting Trino (the first time Maven fetches about 350 MB) …');
    const server = await startTrino(path.join(root, 'scripts', 'conformance', 'trino'), folder);
    try {
      const run = createTrinoClient(server.url);
      return (await comparePipelines(root, folder, run)) + (await compareRolledBack(run)) + (await compareSemantics(run)) + (await compareRandom(run, process.env)) > 0 ? 1 : 0;
    } finally {
      await server.stop();
    }
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    say(`Skipped, nothing was compared: ${error.message}.`);
    return 3;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

process.exitCode = await main(process.cwd());
