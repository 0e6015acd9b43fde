/** The same tests as `npm test` runs in small, over many more random cases: `npm run test:long`. */
/** @type {import('jest').Config} */
module.exports = {
  ...require('./jest.config.cjs'),
  testMatch: ['**/*.long.ts'],
  testTimeout: 3_600_000,
};
