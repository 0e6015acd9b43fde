import { checkDeployment, splitEnvironment } from '../scripts/emulator/checks.ts';
import { requireBoth } from './require-both.ts';
import { FUNCTIONS_ENDPOINT, LAKE_ENDPOINT, STAGE } from './settings.ts';

await requireBoth();
await checkDeployment(splitEnvironment(FUNCTIONS_ENDPOINT, LAKE_ENDPOINT), STAGE, (line) => void process.stdout.write(`${line}\n`));
