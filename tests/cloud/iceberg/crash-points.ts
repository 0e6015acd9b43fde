import { cpSync } from 'node:fs';
import { FileWatch } from './crash-files.ts';
import type { FileEvent } from './crash-files.ts';
import { afterDeath, leftovers, loadTable, remove, runSql, temporaryFolder } from './crash-lake.ts';
import type { CrashStatement, LakeReader } from './crash-lake.ts';

class Death extends Error {
  override readonly name = 'Death';
}

/** Where a process dies: before the n-th change it makes to its files, or in the middle of it. */
export interface CrashPoint {
  at: number;
  torn: boolean;
}

/** The states between which a statement leads, and all places where the process can die on the way. */
export interface Passage {
  statement: CrashStatement;
  before: string;
  after: string;
  points: CrashPoint[];
}

const copyOf = (lake: string): string => {
  const copy = temporaryFolder();
  cpSync(lake, copy, { recursive: true, preserveTimestamps: true });
  return copy;
};

/** Runs the statement once without a crash. */
export const passageOf = async (lake: string, statement: CrashStatement, reader: LakeReader): Promise<Passage> => {
  const dataDir = copyOf(lake);
  const events: FileEvent[] = [];
  const before = (event: FileEvent): void => {
    if (event.kind !== 'query') events.push(event);
  };
  const watch = new FileWatch(dataDir, { before, after: () => undefined });
  try {
    await runSql(dataDir, [statement.sql], statement.laterMs);
  } finally {
    watch.stop();
  }
  const after = await reader.state(dataDir);
  remove(dataDir);
  const points = events.flatMap((event, at) => [{ at, torn: false }, ...(event.half ? [{ at, torn: true }] : [])]);
  return { statement, before: await reader.state(lake), after, points };
};

/**
 * Runs the statement on a copy of the lake as a process that dies at a point: from there on every change of a file and every
 * statement of DuckDB fails, in `catch` and `finally` too, so that nothing more reaches the disk. Answers the directory as
 * the next process finds it.
 */
const dieAt = async (lake: string, statement: CrashStatement, point: CrashPoint): Promise<string> => {
  const dataDir = copyOf(lake);
  let [count, dead] = [0, false];
  const before = (event: FileEvent): void => {
    if (dead) throw new Death();
    if (event.kind === 'query') return;
    if (count === point.at) {
      dead = true;
      if (point.torn) event.half?.();
      throw new Death();
    }
    count += 1;
  };
  const watch = new FileWatch(dataDir, { before, after: () => undefined });
  try {
    await runSql(dataDir, [statement.sql], statement.laterMs);
  } catch (error) {
    if (!dead) throw error;
  } finally {
    watch.stop();
  }
  if (!dead) throw new Error(`${statement.name} ended before change ${point.at}`);
  const found = afterDeath(dataDir);
  remove(dataDir);
  return found;
};

const LATER_MS = 20 * 86_400_000;

/** What the next process finds, and whether it can go on from there. */
export const checkCrash = async (lake: string, passage: Passage, point: CrashPoint, reader: LakeReader): Promise<void> => {
  const found = await dieAt(lake, passage.statement, point);
  try {
    await checkFound(found, passage, reader);
  } catch (error) {
    throw new Error(`${passage.statement.name}, died ${point.torn ? 'in the middle of' : 'before'} change ${point.at}: ${(error as Error).message}`, { cause: error });
  } finally {
    remove(found);
  }
};

/** A directory after a crash holds the old or the new state; the statement can be run again, others too, and VACUUM clears up. */
export const checkFound = async (found: string, passage: Passage, reader: LakeReader): Promise<void> => {
  const state = await reader.state(found);
  expect([passage.before, passage.after]).toContain(state);
  if (state === passage.before && passage.after !== passage.before) await again(found, passage, reader);
  else if (passage.statement.afterwards !== undefined && passage.statement.name.startsWith('DROP')) await runSql(found, [passage.statement.afterwards]);
  const rows = await reader.rows(found);
  const tables = ['t', ...['made', 'other'].filter((name) => isTable(found, name))];
  const next = tables.flatMap((name) => [`ALTER TABLE db.${name} SET TBLPROPERTIES ('vacuum_max_metadata_files_to_keep'='50')`, `VACUUM db.${name}`]);
  await runSql(found, ['INSERT INTO db.t (id) VALUES (99)', ...next], LATER_MS);
  expect(await reader.rows(found)).toHaveLength(rows.length + 1);
  for (const name of tables) expect(leftovers(found, name)).toEqual([]);
};

const again = async (found: string, { statement, after }: Passage, reader: LakeReader): Promise<void> => {
  try {
    await runSql(found, [statement.sql], statement.laterMs);
  } catch (error) {
    if (statement.afterwards === undefined) throw error;
    await runSql(found, [statement.afterwards]);
    return;
  }
  expect(await reader.state(found)).toBe(after);
};

const isTable = (dataDir: string, name: string): boolean => {
  try {
    loadTable(dataDir, name);
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === 'EntityNotFoundException') return false;
    throw error;
  }
};
