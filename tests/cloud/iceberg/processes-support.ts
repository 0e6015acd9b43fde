import { spawn } from 'node:child_process';
import path from 'node:path';
import { buildSync } from 'esbuild';

/** A TypeScript program as one file that plain node runs: it starts in a fraction of the time. */
export const bundle = (program: string, folder: string): string => {
  const outfile = path.join(folder, `${path.basename(program, '.ts')}.cjs`);
  buildSync({ entryPoints: [path.resolve(program)], outfile, bundle: true, platform: 'node', format: 'cjs', target: 'node20', external: ['@duckdb/*'], logLevel: 'silent' });
  return outfile;
};

export interface Finished {
  committed: string[];
  refused: string[];
  killed: boolean;
}

/** Runs a program to its end, or kills it with SIGKILL as soon as it has printed so many lines. Rejects where it failed. */
export const runProgram = (program: string, args: readonly string[], killAfterLines = Infinity): Promise<Finished> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NODE_PATH: path.resolve('node_modules') } });
    const tooLong = setTimeout(() => child.kill('SIGTERM'), 300_000);
    let [output, errors] = ['', ''];
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.split('\n').length > killAfterLines) child.kill('SIGKILL');
    });
    child.once('close', (code, signal) => {
      clearTimeout(tooLong);
      if (code !== 0 && signal !== 'SIGKILL') reject(new Error(`${args.join(' ')} ended with ${String(code ?? signal)}: ${errors}`));
      else resolve({ committed: valuesOf(output, 'committed'), refused: valuesOf(output, 'refused'), killed: signal === 'SIGKILL' });
    });
  });

/** The last line may be cut where the process was killed. */
const valuesOf = (output: string, word: string): string[] =>
  output
    .split('\n')
    .slice(0, -1)
    .flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []));
