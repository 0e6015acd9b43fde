import { splitEnvironment } from '../scripts/emulator/checks.ts';
import { LOCALSTACK_GAPS } from '../scripts/emulator/gaps.ts';
import { makeTables } from '../scripts/emulator/make-tables.ts';
import { openServerlessProject } from '../scripts/emulator/serverless.ts';
import { requireBoth } from './require-both.ts';
import { FUNCTIONS_ENDPOINT, LAKE_ENDPOINT, LAKE_OF_FUNCTIONS, STAGE } from './settings.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

await requireBoth();
const project = openServerlessProject(process.cwd(), STAGE, FUNCTIONS_ENDPOINT, LOCALSTACK_GAPS);
try {
  const { events } = await project.deploy();
  for (const [id, status] of events) say(`${status} ${id}`);
  await makeTables(splitEnvironment(FUNCTIONS_ENDPOINT, LAKE_ENDPOINT), STAGE, LAKE_OF_FUNCTIONS, say);
} finally {
  project.dispose();
}
