'use strict';
const { TestEnvironment } = require('jest-environment-node');
const { register } = require('tsx/cjs/api');

/** Reads packages that are written for a bundler: their own imports name no file's ending. */
const packages = register({ namespace: 'packages' });

/** Gives test files `loadOnce`: a package's file that is loaded once in a process, outside of jest's sandbox, not once for each test file. */
module.exports = class LoadingOnce extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    this.global.loadOnce = (file) => packages.require(file, file);
  }
};
