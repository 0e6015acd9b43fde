// The AWS SDK warns at every start under Node 20, which it will drop in 2027; the functions themselves run on nodejs22.x.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/tests'],
  testMatch: ['**/*.test.ts'],
  transform: { '\\.[cm]?[jt]s$': '<rootDir>/tests/support/esbuild-transform.cjs' },
  // These packages are published as ES modules only.
  transformIgnorePatterns: ['/node_modules/(?!(@middy|dt-sql-parser|antlr4ng|icebird|hyparquet|hyparquet-writer|hyparquet-compressors|zod|valibot)/)'],
  testTimeout: 60_000,
  maxWorkers: 2,
};
