import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';
import { readServerlessTemplate } from '../../localcloud/cloudformation/index.ts';
import { resourcesToImport, retainedTemplate } from '../../scripts/import-retained/retained.ts';

const { template } = readServerlessTemplate({ projectRoot: process.cwd(), stage: 'prod', region: 'eu-west-1' });
const retained = retainedTemplate(template);
const surroundings = { account: '123456789012', secretArn: async (name: string) => `arn:aws:secretsmanager:eu-west-1:123456789012:secret:${name}-a1b2c3` };
const schemas = loadAwsServiceSpecSync();

describe('what a removal leaves', () => {
  test('is all that the import brings back, as the template has it', () => {
    const kept = Object.entries(template.Resources).filter(([, resource]) => 'DeletionPolicy' in resource);
    expect(Object.entries(retained.Resources)).toEqual(kept);
    expect(kept).toHaveLength(11);
  });

  test('stands alone: no outputs, no resource it would have to create, nothing it refers to but the account', () => {
    expect(Object.keys(retained)).toEqual(['Resources']);
    const text = JSON.stringify(retained);
    const references = [...text.matchAll(/"Ref":"([^"]+)"|"Fn::GetAtt"|\$\{([^}]+)\}/g)].map(([all, ref, variable]) => ref ?? variable ?? all);
    expect([...new Set(references)]).toEqual(['AWS::AccountId']);
    expect(text).not.toMatch(/"DependsOn"|"Condition":"/);
  });

  test('is identified by what AWS\'s schemas call each type\'s primary identifier', async () => {
    for (const { ResourceType, LogicalResourceId, ResourceIdentifier } of await resourcesToImport(retained, surroundings)) {
      const [schema] = schemas.lookup('resource', 'cloudFormationType', 'equals', ResourceType);
      expect([LogicalResourceId, Object.keys(ResourceIdentifier)]).toEqual([LogicalResourceId, schema?.primaryIdentifier]);
    }
  });

  test('is identified by the names it has', async () => {
    const identifiers: unknown = Object.fromEntries((await resourcesToImport(retained, surroundings)).map(({ LogicalResourceId, ResourceIdentifier }) => [LogicalResourceId, ...Object.values(ResourceIdentifier)]));
    expect(identifiers).toEqual({
      LakeBucket: 'floe-prod-lake-123456789012', ResultsBucket: 'floe-prod-results-123456789012',
      BronzeDatabase: 'prod_bronze', SilverDatabase: 'prod_silver', GoldDatabase: 'prod_gold', StateDatabase: 'prod_state',
      EventStream: 'floe-prod-events', SftpSecret: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:floe-prod-sftp-a1b2c3',
      LedgerTable: 'floe-prod-ledger', WatermarkTable: 'floe-prod-watermarks', LakeTable: 'floe-prod-lake',
    });
  });

  test('of another type or without a name of its own is refused, not left out', async () => {
    const one = (resource: object) => resourcesToImport({ Resources: { It: resource } } as typeof retained, surroundings);
    await expect(one({ Type: 'AWS::SQS::Queue' })).rejects.toThrow('It: how a AWS::SQS::Queue is identified is not written down');
    await expect(one({ Type: 'AWS::S3::Bucket', Properties: {} })).rejects.toThrow('not a name that is known beforehand');
  });
});
