import path from 'node:path';
import { median, seconds, timed, type Benchmark } from './figures.ts';
import { startCloudProcess } from './floe-process.ts';

const ROUNDS = 3;

/**
 * The embedded cloud alone, with its PostgreSQL and SFTP servers, once its code is loaded; then `floe up`, from the start of
 * the process until the pipeline is deployed and announced. First starts on empty directories, restarts on the same.
 */
export const run: Benchmark = async ({ projectRoot, directory }) => {
  const loading = await timed(() => import('../localcloud/index.ts'));
  const { startCloud } = loading.result;
  const measured = { first: [] as number[], again: [] as number[], upFirst: [] as number[], upAgain: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    const options = { dataDir: path.join(directory, `cloud-${round}`), postgres: { databases: ['shop'], packagesFrom: projectRoot }, sftp: { users: [{ name: 'floe', password: 'bench' }] } };
    for (const figures of [measured.first, measured.again]) {
      const { seconds: taken, result: cloud } = await timed(() => startCloud(options));
      figures.push(taken);
      await cloud.stop();
    }
    const dataDir = path.join(directory, `up-${round}`);
    for (const figures of [measured.upFirst, measured.upAgain]) {
      const up = await startCloudProcess(projectRoot, dataDir);
      figures.push(up.secondsToReady);
      await up.stop();
    }
  }
  const middle = (values: readonly number[]): string => seconds(median(values));
  const spread = (values: readonly number[], note: string): string => `median of ${values.map((value) => value.toFixed(2)).join(', ')}; ${note}`;
  return [
    { what: 'loading the code of the cloud', value: seconds(loading.seconds), note: 'once per process, compiled by tsx or out of its cache' },
    { what: 'cloud alone, first start', value: middle(measured.first), note: spread(measured.first, 'makes a PostgreSQL cluster; aim: under 3 s') },
    { what: 'cloud alone, restart', value: middle(measured.again), note: spread(measured.again, 'aim: under 3 s') },
    { what: 'floe up until it is ready, first start', value: middle(measured.upFirst), note: spread(measured.upFirst, 'process, code, cloud, and the whole pipeline deployed in it; aim: under 3 s') },
    { what: 'floe up until it is ready, restart', value: middle(measured.upAgain), note: spread(measured.upAgain, 'the same') },
  ];
};
