#!/usr/bin/env node
// The embedded cloud without floe, from its TypeScript sources. `npm run build:localcloud` makes a package of it for other projects.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'; // Node 20: said once in package.json, not at every start
const tsx = await import('tsx/esm/api');
tsx.register();
const { main } = await import('../localcloud/command/main.ts');
process.exitCode = await main(process.argv.slice(2));
