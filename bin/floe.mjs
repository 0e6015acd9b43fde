#!/usr/bin/env node
// The `floe` command runs from its TypeScript sources: tsx compiles each module when it is first imported.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { register } from 'tsx/esm/api';

// The SDK announces the end of its support for Node 20 at every start; see "engines" in package.json for what floe supports.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
register();

const { main } = await import('../cli/main.ts');
process.exitCode = await main(process.argv.slice(2), { projectRoot: dirname(dirname(fileURLToPath(import.meta.url))) });
