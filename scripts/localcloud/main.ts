import path from 'node:path';
import { buildLocalcloud } from './build.ts';

const target = path.resolve(process.argv[2] ?? path.join('dist', 'localcloud'));

buildLocalcloud(process.cwd(), target).then(
  () => process.stdout.write(`${target} is a package: npm install ${target}\n`),
  (error: unknown) => {
    process.stderr.write(`build:localcloud: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
