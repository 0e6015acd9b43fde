// The AWS SDK warns at every start under Node 20, which it will drop in 2027; the functions themselves run on nodejs22.x.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
// Nothing listens for traces; X-Ray's automatic mode would follow every promise of the process.
process.env.AWS_XRAY_MANUAL_MODE = 'true';

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: '<rootDir>/tests/support/environment.cjs',
  roots: ['<rootDir>/tests'],
  testMatch: ['**/*.test.ts'],
  globalSetup: '<rootDir>/tests/support/memory-folder.cjs',
  testSequencer: '<rootDir>/tests/support/pipelines-first.cjs',
  transform: { '\\.[cm]?[jt]s$': '<rootDir>/tests/support/esbuild-transform.cjs' },
  // These packages are published as ES modules only, or loaded once (environment.cjs).
  transformIgnorePatterns: ['/node_modules/(?!(@middy|dt-sql-parser|antlr4ng|asl-validator|typescript|yaml|@aws-cdk/aws-service-spec|icebird|hyparquet|hyparquet-writer|hyparquet-compressors|zod|valibot)/)'],
  // jest's sandbox makes each look at a global slow: a statement's parsing takes three times as long where these are not handed in.
  sandboxInjectedGlobals: ['Math', 'Array', 'Object', 'Map', 'Set', 'Number', 'String', 'BigInt', 'Symbol', 'JSON'],
  testTimeout: 60_000,
  maxWorkers: 2,
};
