import { openServerlessProject } from '../scripts/emulator/serverless.ts';
import { FUNCTIONS_ENDPOINT, STAGE } from './settings.ts';

const project = openServerlessProject(process.cwd(), STAGE, FUNCTIONS_ENDPOINT);
try {
  const { events } = await project.deploy();
  process.stdout.write(`${[...events].map(([id, status]) => `${status} ${id}`).join('\n')}\n`);
} finally {
  project.dispose();
}
