#!/usr/bin/env node
// The `floe` command runs from its TypeScript sources: tsx compiles each module when it is first imported.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const projectRoot = dirname(dirname(fileURLToPath(import.meta.url)));

// The SDK announces the end of its support for Node 20 at every start; see "engines" in package.json for what floe supports.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
// Nothing listens for traces here; X-Ray's automatic mode would follow every promise of the process.
process.env.AWS_XRAY_MANUAL_MODE = 'true';

let tsx;
try {
  tsx = await import('tsx/esm/api');
} catch (error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  process.stderr.write(`floe: its packages are not installed; in ${projectRoot}, run: npm ci\n`);
  process.exit(1);
}
tsx.register();

const { main } = await import('../cli/main.ts');
process.exitCode = await main(process.argv.slice(2), { projectRoot });
