import { execFile, execFileSync } from 'node:child_process';
import { cp, readFile, readdir, stat, symlink } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { median, megabytes, seconds, timed, type Benchmark, type Figure } from './figures.ts';

const ROUNDS = 7;
const LINKED = ['src', 'node_modules'];
const COPIED = ['serverless.yml', 'resources', 'scripts', 'workflows', 'sql', 'config'];

/** `serverless package` on a copy of the project, then each function: its zip, and how long a bare Node takes to load its bundle. */
export const run: Benchmark = async ({ projectRoot, directory }) => {
  for (const name of COPIED) await cp(path.join(projectRoot, name), path.join(directory, name), { recursive: true });
  for (const name of LINKED) await symlink(path.join(projectRoot, name), path.join(directory, name));
  const packaging = await timed(() =>
    promisify(execFile)(process.execPath, [path.join(projectRoot, 'node_modules/serverless/bin/serverless.js'), 'package', '--stage', 'prod', '--package', '.package'], {
      cwd: directory, env: { PATH: process.env['PATH'] ?? '', HOME: directory, SLS_TRACKING_DISABLED: '1', AWS_EC2_METADATA_DISABLED: 'true' },
    }),
  );
  return [{ what: 'serverless package', value: seconds(packaging.seconds), note: 'all functions; aim: under 15 s' }, ...(await functionFigures(directory))];
};

const functionFigures = async (directory: string): Promise<Figure[]> => {
  const zips = (await readdir(path.join(directory, '.package'))).filter((name) => name.endsWith('.zip')).sort();
  return Promise.all(zips.map(async (zip): Promise<Figure> => {
    const name = zip.slice(0, -'.zip'.length).replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const bundle = path.join(directory, 'dist', name, 'index.js');
    const { size } = await stat(path.join(directory, '.package', zip));
    const code = (await readFile(bundle)).length;
    return { what: `function ${name}`, value: `${megabytes(size)}, ${loadMillis(bundle).toFixed(0)} ms`, note: `zip, and import of its ${megabytes(code)} of code (median of ${ROUNDS}); aims: 1 MB, under 150 ms` };
  }));
};

/** As in Lambda: one file, nothing around it. */
const loadMillis = (bundle: string): number => {
  const measure = 'const start = performance.now(); require(process.argv[1]); process.stdout.write(String(performance.now() - start))';
  const once = (): number => Number(execFileSync(process.execPath, ['-e', measure, bundle], { encoding: 'utf8', env: {} }));
  return median(Array.from({ length: ROUNDS }, once));
};
