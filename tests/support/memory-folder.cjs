'use strict';
const { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statfsSync } = require('node:fs');
const { freemem } = require('node:os');
const path = require('node:path');

/** Linux's file system in memory. */
const MEMORY = '/dev/shm';
/** A run of all tests holds a few hundred MiB at a time; containers often have 64 MiB there. */
const ENOUGH = 4 * 2 ** 30;

const room = () => {
  const { bavail, bsize } = statfsSync(MEMORY);
  return Math.min(bavail * bsize, freemem());
};

/** With the user and, behind it, the process. */
const PREFIX = `floe-tests-${process.getuid?.()}-`;

const runs = (id) => id !== String(process.pid) && existsSync(`/proc/${id}`);

const remove = (folder) => rmSync(folder, { recursive: true, force: true });

/** What runs that were killed left behind. */
const removeLeftOvers = () => {
  for (const name of readdirSync(MEMORY)) if (name.startsWith(PREFIX) && !runs(name.slice(PREFIX.length))) remove(path.join(MEMORY, name));
};

/**
 * jest's globalSetup. What tests write goes when they end, so it need not wait for a disk: where memory has room, their
 * temporary files lie there. FLOE_TEST_DISK=1 keeps them on the disk.
 */
module.exports = async () => {
  if (process.env.FLOE_TEST_DISK === '1' || !existsSync(MEMORY) || room() < ENOUGH) return;
  removeLeftOvers();
  const folder = path.join(MEMORY, `${PREFIX}${process.pid}`);
  mkdirSync(folder);
  chmodSync(folder, 0o1777); // as /tmp is: PostgreSQL does not run as root, and reads there what root wrote
  process.env.TMPDIR = folder;
  process.on('exit', () => remove(folder));
};
