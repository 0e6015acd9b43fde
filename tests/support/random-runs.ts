/**
 * Settings of a fast-check property: how many random cases, and from which seed. FLOE_SEED repeats a run that failed, FLOE_RUNS
 * changes the number. The seed is printed, so that every run can be repeated.
 */
export const randomRuns = (title: string, runs: number): { seed: number; numRuns: number } => {
  const seed = Number(process.env['FLOE_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  const numRuns = Number(process.env['FLOE_RUNS'] ?? runs);
  if (!Number.isInteger(seed) || !Number.isInteger(numRuns) || numRuns < 1) throw new Error('FLOE_SEED and FLOE_RUNS are whole numbers');
  process.stdout.write(`${title}: ${numRuns} random cases, FLOE_SEED=${seed}\n`);
  return { seed, numRuns };
};
