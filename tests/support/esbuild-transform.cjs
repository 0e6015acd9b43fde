'use strict';
const { createHash } = require('node:crypto');
const { transformSync } = require('esbuild');

/** They take text and answer data, keep nothing of a test, and are slow to load or to get going: ANTLR builds its tables as it parses. */
const LOADED_ONCE = /\/node_modules\/(dt-sql-parser|antlr4ng|asl-validator|typescript|yaml|@aws-cdk\/aws-service-spec)\//;

/** TypeScript, and packages that are ES modules only, to CommonJS for jest. Types are tsc's business. */
module.exports = {
  getCacheKey: (source, file) => createHash('sha256').update(`v3\0${file}\0${source}`).digest('hex'),
  process: (source, file) => {
    if (LOADED_ONCE.test(file)) return { code: 'module.exports = loadOnce(__filename);' };
    const { code, map } = transformSync(source, {
      sourcefile: file,
      loader: /\.[cm]?ts$/.test(file) ? 'ts' : 'js',
      format: 'cjs',
      target: 'node20',
      supported: { 'dynamic-import': false }, // jest's modules load by require only
      sourcemap: 'external',
      sourcesContent: false,
    });
    return { code, map };
  },
};
