import fc from 'fast-check';
import { randomRuns } from '../../support/random-runs.ts';
import { LakeReader } from './crash-lake.ts';
import { steps } from './random-actions.ts';
import { RandomLake } from './random-lake.ts';

/** Random sequences of so many steps each; answers how many steps were done, and in how many of them the process died. */
export const runRandomly = async (title: string, length: number, runs: number): Promise<{ steps: number; deaths: number }> => {
  const reader = await LakeReader.open();
  const done = { steps: 0, deaths: 0 };
  try {
    await fc.assert(
      fc.asyncProperty(steps(length), fc.boolean(), async (sequence, partitioned) => {
        const lake = await RandomLake.make(reader, partitioned);
        try {
          for (const step of sequence) await lake.step(step);
          await lake.finish();
          done.steps += sequence.length;
          done.deaths += lake.deaths;
        } finally {
          await lake.remove();
        }
      }),
      randomRuns(title, runs),
    );
    return done;
  } finally {
    reader.close();
  }
};
