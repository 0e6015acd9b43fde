import { cutIntoBatches } from '../input/batches.ts';
import type { GivenInput } from '../input/given-input.ts';
import { plural } from '../output/format.ts';
import type { DemoPass } from './pass.ts';

/** Given files in so many passes, the n-th holding the n-th part of each file. */
export const createGivenPasses = (input: GivenInput, passes: number): DemoPass[] => {
  const share = passes === 1 ? '' : ' in all';
  const sum = (files: readonly { records: number | undefined }[]): number => files.reduce((total, file) => total + (file.records ?? 0), 0);
  const counted: readonly (readonly [number, string])[] = [
    [sum(input.events), 'app event'], [sum(input.shopEvents), 'shop event'], [sum(input.transactions), 'transaction'], [sum(input.users), 'user'],
  ];
  const line = counted.filter(([records]) => records > 0).map(([records, what]) => plural(records, what)).join(', ') + share;
  return cutIntoBatches(input, passes).map((batch, at) => ({
    title: passes === 1 ? 'Your files' : `Your files, part ${at + 1} of ${passes}`,
    lines: at === 0 ? [line] : [],
    batch,
  }));
};
