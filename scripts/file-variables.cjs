'use strict';
const { createHash } = require('node:crypto');
const { readFileSync, readdirSync, statSync } = require('node:fs');
const path = require('node:path');

/** Changes with the name and the content of any file below the folders. */
const digest = (root, folders) => {
  const hash = createHash('sha256');
  for (const folder of folders.map((name) => path.join(root, name))) {
    for (const name of readdirSync(folder, { recursive: true }).sort()) {
      const file = path.join(folder, name);
      if (statSync(file).isFile()) hash.update(name.replaceAll(path.sep, '/')).update('\0').update(readFileSync(file)).update('\0');
    }
  }
  return hash.digest('hex');
};

/**
 * Plugin of the Serverless Framework with two sources of variables. `${text(path)}` is a file's text, whatever its name: `${file(x.json)}`
 * would be parsed, and the framework drops what is null in a template, which means something in a workflow (`"ResultPath": null`).
 * `${digest(folder, folder)}` makes a resource change with the files it stands for.
 */
module.exports = class FileVariables {
  constructor(serverless) {
    this.configurationVariablesSources = {
      text: { resolve: ({ params }) => ({ value: readFileSync(path.join(serverless.serviceDir, params[0]), 'utf8') }) },
      digest: { resolve: ({ params }) => ({ value: digest(serverless.serviceDir, params) }) },
    };
  }
};
