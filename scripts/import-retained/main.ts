import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { readServerlessTemplate } from '../../localcloud/cloudformation/index.ts';
import { resourcesToImport, retainedTemplate } from './retained.ts';

const FOLDER = '.import';

/** Without it there would have been no removal. Were the import to say otherwise, the deployment behind it would see nothing to turn on. */
const AS_LEFT = { deletionProtection: 'false' };

/**
 * `npm run import-retained -- --stage prod`: writes what a change set of type IMPORT takes, to begin a stack with what `serverless remove`
 * has left of it. Asks AWS for the account's id and the secret's ARN, and changes nothing.
 */
const main = async (projectRoot: string): Promise<void> => {
  const { stage, region } = parseArgs({ options: { stage: { type: 'string', default: 'dev' }, region: { type: 'string', default: process.env['AWS_REGION'] ?? 'eu-west-1' } } }).values;
  const template = retainedTemplate(readServerlessTemplate({ projectRoot, stage, region, params: AS_LEFT }).template);
  const [sts, secrets] = [new STSClient({ region }), new SecretsManagerClient({ region })];
  try {
    const { Account: account = '' } = await sts.send(new GetCallerIdentityCommand({}));
    const secretArn = async (name: string): Promise<string> => (await secrets.send(new DescribeSecretCommand({ SecretId: name }))).ARN ?? '';
    write(projectRoot, 'template.json', template);
    write(projectRoot, 'resources.json', await resourcesToImport(template, { account, secretArn }));
  } finally {
    sts.destroy();
    secrets.destroy();
  }
};

const write = (projectRoot: string, name: string, content: unknown): void => {
  mkdirSync(path.join(projectRoot, FOLDER), { recursive: true });
  writeFileSync(path.join(projectRoot, FOLDER, name), `${JSON.stringify(content, null, 1)}\n`);
  process.stdout.write(`${FOLDER}/${name}\n`);
};

await main(process.cwd());
