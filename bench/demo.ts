import path from 'node:path';
import { seconds, timed, type Benchmark } from './figures.ts';
import { ended, spawnFloe } from './floe-process.ts';

/** What `npm start` does, from the start of the process to its end, on a directory of its own. */
export const run: Benchmark = async ({ projectRoot, directory }) => {
  const { seconds: taken } = await timed(() => ended(spawnFloe(projectRoot, ['demo', '--port', '0', '--data-dir', path.join(directory, 'demo')])));
  return [{ what: 'floe demo, from its start to its end', value: seconds(taken), note: 'aim: under 60 s' }];
};
