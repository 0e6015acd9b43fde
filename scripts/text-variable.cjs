'use strict';
const { readFileSync } = require('node:fs');
const path = require('node:path');

/**
 * Plugin of the Serverless Framework: `${text(path)}` is a file's text, whatever its name. `${file(x.json)}` would be parsed,
 * and the framework drops what is null in a template, which means something in a workflow (`"ResultPath": null`).
 */
module.exports = class TextVariable {
  constructor(serverless) {
    this.configurationVariablesSources = {
      text: {
        resolve: ({ params }) => ({ value: readFileSync(path.join(serverless.serviceDir, params[0]), 'utf8') }),
      },
    };
  }
};
