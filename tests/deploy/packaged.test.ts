import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import validate from 'asl-validator';
import { readServerlessTemplate } from '../../localcloud/cloudformation/index.ts';
import type { Template, TemplateResource } from '../../localcloud/cloudformation/index.ts';
import { creationWaves, referencesIn } from '../../localcloud/cloudformation/order.ts';
import { bronzeTables } from '../../src/lib/bronze/index.ts';
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

/** What only a deployment to AWS adds: the bucket the zips are uploaded to. */
const isDeploymentBucket = (id: string): boolean => id.startsWith('ServerlessDeploymentBucket');
const handlerModules = (): string[] => readdirSync('src/handlers').filter((file) => file.endsWith('.ts'));

describe('the laptop and AWS get the same resources', () => {
  test('what is read for the embedded cloud is what the framework compiles, resource for resource', () => {
    const local = readServerlessTemplate({ projectRoot: process.cwd(), stage: 'dev', region: 'eu-west-1' }).template;
    const compiled = Object.fromEntries(Object.entries(template.Resources).filter(([id]) => !isDeploymentBucket(id)).map(([id, resource]) => [id, withoutCode(resource)]));
    expect(local.Resources).toEqual(compiled);
    expect(local.Outputs).toEqual(Object.fromEntries(Object.entries(template.Outputs ?? {}).filter(([id]) => !isDeploymentBucket(id))));
  });

  /** A function without where its zip lies; its handler as the source that was bundled. */
  const withoutCode = (resource: TemplateResource): TemplateResource => {
    if (resource.Type !== 'AWS::Lambda::Function') return resource;
    const { Code, Handler, ...properties } = resource.Properties ?? {};
    expect(Code).toBeDefined();
    return { ...resource, Properties: { ...properties, Handler: (Handler as string).replace(/^dist\/(.+)\/index\./, 'src/handlers/$1.') } };
  };

  test('every handler is a function of the deployment', () => {
    const deployed = propertiesOf('AWS::Lambda::Function').map(([, { Handler }]) => (Handler as string).replace(/^dist\/(.+)\/index\.handler$/, '$1.ts'));
    expect(deployed.sort()).toEqual(handlerModules().sort());
  });

  test('every reference has its target and none goes in a circle', () => {
    expect(creationWaves(template).flat()).toHaveLength(Object.keys(template.Resources).length);
    for (const name of referencesIn(template.Outputs)) expect(Object.keys(template.Resources)).toContain(name);
  });

  test('the functions are told the names of everything the deployment made', () => {
    const wanted = ['STAGE', 'LAKE_BUCKET', 'LEDGER_TABLE', 'WATERMARK_TABLE', 'LAKE_TABLE', 'SFTP_SECRET_ID', 'WORKGROUP', 'DATABASE_PREFIX', 'NOTIFICATION_TOPIC_ARN', 'EVENT_STREAM'];
    for (const [, { Environment }] of propertiesOf('AWS::Lambda::Function')) expect(Object.keys((Environment as { Variables: object }).Variables)).toEqual(expect.arrayContaining(wanted));
  });
});

describe('bundles', () => {
  test('each function is one file that a bare Node loads, and exports its handler', () => {
    const bundles = handlerModules().map((module) => path.join(project.bundles, module.replace(/\.ts$/, ''), 'index.js'));
    const load = 'process.stdout.write(JSON.stringify(process.argv.slice(1).map((bundle) => typeof require(bundle).handler)))';
    expect(JSON.parse(execFileSync(process.execPath, ['-e', load, ...bundles], { encoding: 'utf8' }))).toEqual(bundles.map(() => 'function'));
  });

  test('SQL files lie beside the steps of a run', () => {
    const zip = readFileSync(path.join(project.folder, '.package', 'runStep.zip')).toString('latin1');
    for (const file of ['sql/gold/', 'dist/run-step/index.js']) expect(zip).toContain(file);
  });
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

  test.each(files)('%s is valid Amazon States Language', (file) => {
    const definition = JSON.parse(readFileSync(path.join('workflows', file), 'utf8')) as object;
    const { isValid, errors } = validate(definition);
    expect({ isValid, errors }).toEqual({ isValid: true, errors: [] });
  });

  test('what is deployed is the file, to the last null', () => {
    expect(propertiesOf('AWS::StepFunctions::StateMachine').map(([, { DefinitionString }]) => JSON.parse(DefinitionString as string) as unknown)).toEqual(
      files.map((file) => JSON.parse(readFileSync(path.join('workflows', file), 'utf8')) as unknown),
    );
  });

  test('every name a definition leaves open is given by the deployment, and none is given in vain', () => {
    for (const [, { DefinitionString, DefinitionSubstitutions }] of propertiesOf('AWS::StepFunctions::StateMachine')) {
      const open = [...(DefinitionString as string).matchAll(/\$\{([A-Za-z0-9_]+)\}/g)].map(([, name]) => name);
      expect([...new Set(open)].sort()).toEqual(Object.keys(DefinitionSubstitutions as object).sort());
    }
  });
});

describe('what holds what', () => {
  test('buckets are encrypted, private, and closed to plain HTTP', () => {
    for (const [id, properties] of propertiesOf('AWS::S3::Bucket')) {
      expect(properties).toHaveProperty('BucketEncryption.ServerSideEncryptionConfiguration');
      expect(properties['PublicAccessBlockConfiguration']).toEqual({ BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true });
      const policies = propertiesOf('AWS::S3::BucketPolicy').filter(([, policy]) => (policy['Bucket'] as { Ref: string }).Ref === id);
      expect([id, JSON.stringify(policies)]).toEqual([id, expect.stringContaining('aws:SecureTransport')]);
    }
  });

  test("no rule of age expires an Iceberg table's files or the list of taken objects", () => {
    const { Rules } = template.Resources['LakeBucket']?.Properties?.['LifecycleConfiguration'] as unknown as { Rules: { Prefix?: string; ExpirationInDays?: number }[] };
    const expiring = Rules.filter((rule) => rule.ExpirationInDays !== undefined).map((rule) => rule.Prefix ?? '');
    expect(expiring).toContain('bronze/');
    const kept = ['silver/events/data/x.parquet', 'gold/user_session_analysis/metadata/x.json', 'state/taken/x.json'];
    for (const key of kept) expect(expiring.filter((prefix) => key.startsWith(prefix))).toEqual([]);
  });

  test('what holds data outlives the stack', () => {
    for (const type of ['AWS::S3::Bucket', 'AWS::DynamoDB::Table', 'AWS::Glue::Database', 'AWS::SecretsManager::Secret']) {
      for (const [id, resource] of of(type)) if (!isDeploymentBucket(id)) expect([id, resource['DeletionPolicy'], resource['UpdateReplacePolicy']]).toEqual([id, 'Retain', 'Retain']);
    }
  });

  test('tables can be brought back to any second of the last days', () => {
    for (const [, properties] of propertiesOf('AWS::DynamoDB::Table')) expect(properties).toHaveProperty('PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled', true);
  });

  test('no secret is in the template', () => {
    for (const [, properties] of propertiesOf('AWS::SecretsManager::Secret')) expect(properties).not.toHaveProperty('SecretString');
  });
});

describe('who may do what', () => {
  /** Actions AWS gives no resource-level control of. */
  const withoutResource = /^(xray:(Put|Get)|ec2:\w*(NetworkInterface|PrivateIpAddresses|Subnets)|logs:(\w+LogDeliver|PutResourcePolicy|Describe))/;
  interface Statement {
    Effect: string;
    Action: string | string[];
    Resource: unknown;
  }

  const statements = (): [id: string, statement: Statement][] => {
    const documents = (properties: Record<string, unknown>): { Statement: Statement[] }[] => [
      ...((properties['Policies'] ?? []) as { PolicyDocument: { Statement: Statement[] } }[]).map((policy) => policy.PolicyDocument),
      ...(properties['PolicyDocument'] ? [properties['PolicyDocument'] as { Statement: Statement[] }] : []),
    ];
    return ['AWS::IAM::Role', 'AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy']
      .flatMap(propertiesOf)
      .flatMap(([id, properties]) => documents(properties).flatMap((document) => document.Statement.map((statement): [string, Statement] => [id, statement])));
  };

  test('every function has a role of its own', () => {
    const roles = propertiesOf('AWS::Lambda::Function').map(([, { Role }]) => JSON.stringify(Role));
    expect(new Set(roles).size).toBe(roles.length);
  });

  test('no action is a wildcard, and only what AWS cannot narrow is allowed on everything', () => {
    const open = statements().flatMap(([id, { Action, Resource }]) => {
      const actions = [Action].flat();
      const tooWide = [Resource].flat().includes('*') ? actions.filter((action) => !withoutResource.test(action)) : [];
      return [...actions.filter((action) => action.includes('*')), ...tooWide].map((action) => `${id}: ${action}`);
    });
    expect(open).toEqual([]);
    expect(statements().length).toBeGreaterThan(20);
  });
});
