import { checkDeployment, splitEnvironment } from '../scripts/emulator/checks.ts';
import { FUNCTIONS_ENDPOINT, LAKE_ENDPOINT, STAGE } from './settings.ts';

await checkDeployment(splitEnvironment(FUNCTIONS_ENDPOINT, LAKE_ENDPOINT), STAGE, (line) => void process.stdout.write(`${line}\n`));
