import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { readServerlessTemplate } from '../../localcloud/cloudformation/index.ts';
import type { Template, TemplateResource } from '../../localcloud/cloudformation/index.ts';
import { bronzeTables } from '../../src/lib/bronze/index.ts';
import { checkReferences } from './checks/references.ts';
import { checkSchemas } from './checks/schemas.ts';
import { settle } from './checks/settle.ts';
import { asRead } from './support/as-read.ts';
import { packageProject } from './support/project.ts';
import type { PackagedProject } from './support/project.ts';

let project: PackagedProject;
let template: Template;
beforeAll(() => {
  project = packageProject('dev');
  template = project.template;
}, 180_000); // seconds on an idle machine, a minute on one that is busy with the other tests
afterAll(() => project.remove());

const of = (type: string): [id: string, resource: TemplateResource][] => Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);
const propertiesOf = (type: string): [id: string, properties: Record<string, unknown>][] => of(type).map(([id, resource]) => [id, resource.Properties ?? {}]);

const handlerModules = (): string[] => readdirSync('src/handlers').filter((file) => file.endsWith('.ts'));

describe('the laptop and AWS get the same resources', () => {
  test('what is read for the embedded cloud is what the framework compiles, resource for resource', () => {
    const local = readServerlessTemplate({ projectRoot: process.cwd(), stage: 'dev', region: 'eu-west-1' }).template;
    expect({ Resources: local.Resources, Outputs: local.Outputs, Conditions: local.Conditions }).toEqual(asRead(template));
  });

  test('every handler is a function of the deployment', () => {
    const deployed = propertiesOf('AWS::Lambda::Function').map(([, { Handler }]) => (Handler as string).replace(/^dist\/(.+)\/index\.handler$/, '$1.ts'));
    expect(deployed.sort()).toEqual(handlerModules().sort());
  });

  test("it is what AWS's schemas say, and every reference has its target", () => {
    const settled = settle(template);
    expect([...checkSchemas(settled), ...checkReferences(settled)]).toEqual([]);
  });
});

describe('bundles', () => {
  test('each function is one file that a bare Node loads, and exports its handler', () => {
    const bundles = handlerModules().map((module) => path.join(project.bundles, module.replace(/\.ts$/, ''), 'index.js'));
    const load = 'process.stdout.write(JSON.stringify(process.argv.slice(1).map((bundle) => typeof require(bundle).handler)))';
    expect(JSON.parse(execFileSync(process.execPath, ['-e', load, ...bundles], { encoding: 'utf8' }))).toEqual(bundles.map(() => 'function'));
  });

  test('each zip has at most 1 MB and holds its bundle, and what the function asks for beside it', () => {
    for (const { name, bytes, entries } of zips()) {
      expect([name, bytes < MEGABYTE]).toEqual([name, true]);
      expect([name, entries.filter((entry) => !/^(dist\/[\w-]+\/index\.js(\.map)?|sql\/[\w./-]+\.sql|config\/[\w-]+\.json)$/.test(entry))]).toEqual([name, []]);
      expect([name, entries.filter((entry) => entry.startsWith('dist/')).length]).toEqual([name, 2]);
      const wanted = name.startsWith('run') ? ['sql/gold/record_run.sql', 'config/gates.json'] : name === 'migrate' ? ['sql/tables/silver.events.sql'] : [];
      expect([name, entries]).toEqual([name, expect.arrayContaining(wanted)]);
    }
  });

  test('each bundle has at most 1 MB of code, and asks the runtime for nothing but its own modules and optional parts', () => {
    for (const module of handlerModules()) {
      const code = readFileSync(path.join(project.bundles, module.replace(/\.ts$/, ''), 'index.js'), 'utf8');
      expect([module, Buffer.byteLength(code) <= 1_000_000]).toEqual([module, true]);
      const outside = new Set([...code.matchAll(/\b(?:require|import)\("([^"]+)"\)/g)].map(([, name = '']) => name));
      expect([module, [...outside].filter((name) => !isBuiltin(name) && !OPTIONAL.test(name))]).toEqual([module, []]);
    }
  });

  test('no package of the development is in a bundle', () => {
    const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, { dev?: boolean }> };
    const bundled = handlerModules().flatMap((module) => {
      const { sources } = JSON.parse(readFileSync(path.join(project.bundles, module.replace(/\.ts$/, ''), 'index.js.map'), 'utf8')) as { sources: string[] };
      return sources.flatMap((source) => /node_modules\/(?:@[^/]+\/)?[^/]+(?:\/node_modules\/(?:@[^/]+\/)?[^/]+)*/.exec(source)?.[0] ?? []);
    });
    expect(bundled).toContain('node_modules/@aws-sdk/client-s3');
    expect([...new Set(bundled)].filter((name) => packages[name]?.dev)).toEqual([]);
  });

  /** Native parts, and what the SDK loads where credentials or a multi-region endpoint ask for it. */
  const OPTIONAL = /^(pg-native|cpu-features|\.\S+\.node|@aws-sdk\/signature-v4-crt|@(aws-sdk|smithy)\/credential-provider-[a-z-]+)$/;
  const MEGABYTE = 1024 * 1024;
  const zips = (): { name: string; bytes: number; entries: string[] }[] => {
    const folder = path.join(project.folder, '.package');
    return readdirSync(folder)
      .filter((file) => file.endsWith('.zip'))
      .map((file) => {
        const zip = readFileSync(path.join(folder, file));
        return { name: file.slice(0, -'.zip'.length), bytes: zip.length, entries: entriesOf(zip) };
      });
  };

  /** Names in a zip's central directory: APPNOTE 4.3.12, https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT */
  const entriesOf = (zip: Buffer): string[] => {
    const names: string[] = [];
    for (let at = zip.readUInt32LE(zip.lastIndexOf('PK\x05\x06') + 16); zip.readUInt32LE(at) === 0x02014b50; ) {
      const [name, extra, comment] = [zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30), zip.readUInt16LE(at + 32)] as const;
      names.push(zip.toString('utf8', at + 46, at + 46 + name));
      at += 46 + name + extra + comment;
    }
    return names;
  };
});

describe('the catalog', () => {
  const tableInput = (id: string): { PartitionKeys: { Name: string }[]; Parameters: Record<string, string>; StorageDescriptor: { Columns: { Name: string; Type: string }[] } } =>
    template.Resources[id]?.Properties?.['TableInput'] as never;

  test.each(['events', 'transactions', 'users'] as const)("bronze.%s has the columns the code writes, in their order and types", (name) => {
    const input = tableInput(`Bronze${name.charAt(0).toUpperCase()}${name.slice(1)}Table`);
    expect(input.StorageDescriptor.Columns.map(({ Name, Type }) => [Name, Type])).toEqual(bronzeTables[name].columns.map((column) => [column.name, column.type]));
    expect(input.PartitionKeys.map((key) => key.Name)).toEqual(bronzeTables[name].partitions);
  });

  test('every partition key is projected, so that no partition needs to be registered', () => {
    for (const [, { TableInput }] of propertiesOf('AWS::Glue::Table')) {
      const { PartitionKeys, Parameters } = TableInput as { PartitionKeys: { Name: string }[]; Parameters: Record<string, string> };
      expect(Parameters['projection.enabled']).toBe('true');
      for (const { Name } of PartitionKeys) expect(Parameters).toHaveProperty([`projection.${Name}.type`]);
    }
  });
});

describe('workflows', () => {
  const files = existsSync('workflows') ? readdirSync('workflows').filter((file) => file.endsWith('.asl.json')) : [];

  test('what is deployed is the file, to the last null', () => {
    expect(propertiesOf('AWS::StepFunctions::StateMachine').map(([, { DefinitionString }]) => JSON.parse(DefinitionString as string) as unknown)).toEqual(
      files.map((file) => JSON.parse(readFileSync(path.join('workflows', file), 'utf8')) as unknown),
    );
  });
});

describe('what holds what', () => {
  test("no rule of age expires an Iceberg table's files or the list of taken objects", () => {
    const { Rules } = template.Resources['LakeBucket']?.Properties?.['LifecycleConfiguration'] as unknown as { Rules: { Prefix?: string; ExpirationInDays?: number }[] };
    const expiring = Rules.filter((rule) => rule.ExpirationInDays !== undefined).map((rule) => rule.Prefix ?? '');
    expect(expiring).toContain('bronze/');
    const kept = ['silver/events/data/x.parquet', 'gold/user_session_analysis/metadata/x.json', 'state/taken/x.json'];
    for (const key of kept) expect(expiring.filter((prefix) => key.startsWith(prefix))).toEqual([]);
  });

  test('no secret is in the template', () => {
    for (const [, properties] of propertiesOf('AWS::SecretsManager::Secret')) expect(properties).not.toHaveProperty('SecretString');
  });
});
