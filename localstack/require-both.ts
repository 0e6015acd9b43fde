import { FUNCTIONS_ENDPOINT, LAKE_ENDPOINT } from './settings.ts';

/** Of a command that has done nothing, since a cloud does not answer. */
const NOTHING_DONE = 3;

/** Ends the process, saying why, where LocalStack or the lake does not answer. */
export const requireBoth = async (): Promise<void> => {
  for (const [name, endpoint] of [['LocalStack', FUNCTIONS_ENDPOINT], ['the lake', LAKE_ENDPOINT]] as const) {
    const isThere = await fetch(endpoint, { signal: AbortSignal.timeout(5_000) }).then(() => true, () => false);
    if (isThere) continue;
    process.stderr.write(`${name} does not answer at ${endpoint}; start both with: npm run localstack:up\n`);
    process.exit(NOTHING_DONE);
  }
};
