'use strict';
const { existsSync, rmSync } = require('node:fs');
const path = require('node:path');
const esbuild = require('esbuild');

const OUTPUT = 'dist';

/**
 * Loaded by the SDK where there are no credentials in the environment; Lambda puts a function's there
 * (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime).
 */
const OTHER_CREDENTIALS = [
  '@aws-sdk/credential-provider-http', '@aws-sdk/credential-provider-ini', '@aws-sdk/credential-provider-process', '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity', '@smithy/credential-provider-imds',
];

/** Packages of packages that no function comes to; an error stands in their place. */
const ABSENT = [
  'bcrypt-pbkdf', // of ssh2, for private keys with a passphrase: the secret has none, and ssh2 says so before it looks for this
  'semver', // of X-Ray, for version 2 of the SDK
  'typedarray', // of concat-stream, for engines without typed arrays
];

/** Names of databases, buckets and functions are made of the stage's: these fit all of them. */
const STAGE = /^[a-z][a-z0-9]{0,19}$/;

/** How esbuild makes a function's bundle of its source. */
const BUNDLING = {
  bundle: true,
  minify: true,
  keepNames: true, // the names of errors are part of what a log says
  sourcemap: true,
  sourcesContent: false,
  platform: 'node',
  target: 'node22',
  format: 'cjs',
  mainFields: ['module', 'main'],
  // Beside those: optional native parts, which their packages do without.
  external: [...OTHER_CREDENTIALS, 'pg-native', 'cpu-features', '*.node'],
  alias: {
    'readable-stream': 'node:stream', // its copy for older engines
    ...Object.fromEntries(ABSENT.map((name) => [name, require.resolve('./absent-package.cjs')])),
  },
  legalComments: 'none',
  logLevel: 'error',
};

/** `src/handlers/capture.handler` to the module `src/handlers/capture.ts` and its export `handler`. */
const sourceOf = (handler) => {
  const dot = handler.lastIndexOf('.');
  return { module: `${handler.slice(0, dot)}.ts`, name: path.basename(handler.slice(0, dot)), exported: handler.slice(dot + 1) };
};

/**
 * Plugin of the Serverless Framework: serverless.yml names each function's TypeScript source; before the zips are made this
 * bundles it to dist/<name>/index.js and points the function there. One CommonJS file with the SDK inside starts faster
 * than the runtime's own SDK, and `mainFields` keeps the packages' ES builds, which tree-shake.
 */
module.exports = class BundleFunctions {
  constructor(serverless, _options, { log, progress }) {
    this.hooks = {
      'before:package:initialize': () => {
        const { stage } = serverless.service.provider;
        if (!STAGE.test(stage)) throw new serverless.classes.Error(`a stage is called by up to 20 small letters and digits, not ${stage}`);
      },
      'before:package:createDeploymentArtifacts': async () => {
        const step = progress.create({ message: 'Bundling functions' });
        const count = await bundle(serverless);
        step.remove();
        log.info(`Bundled ${count} functions`);
      },
    };
  }
};

const bundle = async (serverless) => {
  const root = serverless.serviceDir;
  const functions = Object.values(serverless.service.functions);
  const entryPoints = {};
  for (const definition of functions) {
    const { module: source, name, exported } = sourceOf(definition.handler);
    if (!existsSync(path.join(root, source))) throw new serverless.classes.Error(`${definition.name}: there is no ${source}`);
    entryPoints[`${name}/index`] = path.join(root, source);
    definition.handler = `${OUTPUT}/${name}/index.${exported}`;
    definition.package = { ...definition.package, patterns: [...(definition.package?.patterns ?? []), `${OUTPUT}/${name}/**`] };
  }
  rmSync(path.join(root, OUTPUT), { recursive: true, force: true });
  await esbuild.build({ ...BUNDLING, entryPoints, outdir: path.join(root, OUTPUT) });
  return functions.length;
};

module.exports.BUNDLING = BUNDLING;
