import type { Benchmark } from './figures.ts';

/** Runs one benchmark and prints its figures as one line of JSON: `tsx bench/child.ts capture <directory>`. */
const main = async ([name = '', directory = '']: string[]): Promise<void> => {
  const { run } = (await import(`./${name}.ts`)) as { run: Benchmark };
  const figures = await run({ projectRoot: process.cwd(), directory });
  process.stdout.write(`\n${JSON.stringify({ figures })}\n`, () => process.exit(0));
};

void main(process.argv.slice(2));
