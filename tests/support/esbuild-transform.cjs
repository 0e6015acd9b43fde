'use strict';
const { createHash } = require('node:crypto');
const { transformSync } = require('esbuild');

/** TypeScript, and packages that are ES modules only, to CommonJS for jest. Types are tsc's business. */
module.exports = {
  getCacheKey: (source, file) => createHash('sha256').update(`v2\0${file}\0${source}`).digest('hex'),
  process: (source, file) => {
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
