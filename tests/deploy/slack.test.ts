import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { createLocalFunction } from '../../cli/local/functions.ts';
import { applyTemplate, readServerlessTemplate } from '../../localcloud/cloudformation/index.ts';
import type { Template } from '../../localcloud/cloudformation/index.ts';
import { startCloud } from '../../localcloud/index.ts';
import { settle } from './checks/settle.ts';

const templateOf = (params: Record<string, string>): Template => settle(readServerlessTemplate({ projectRoot: process.cwd(), stage: 'dev', region: 'eu-west-1', params }).template);
const PARTS = ['NotificationTopic', 'NotifySlackRole', 'NotifySlackLogGroup', 'NotifySlackLambdaFunction', 'NotifySlackPermission', 'SlackSubscription'];

test('nothing of Slack is there unless a secret is named', () => {
  expect(Object.keys(templateOf({}).Resources).filter((id) => id.includes('Slack'))).toEqual([]);
  expect(Object.keys(templateOf({ slackSecret: 's' }).Resources)).toEqual(expect.arrayContaining([...PARTS, 'NotifySlackErrorsAlarm']));
});

test('what the topic is told arrives at the webhook', async () => {
  jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'slack-'));
  const cloud = await startCloud({ dataDir, port: 0, region: 'eu-west-1', schedules: 'off' });
  const slack = createServer().listen(0, '127.0.0.1');
  try {
    await once(slack, 'listening');
    const target = { endpoint: cloud.endpoint, region: 'eu-west-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
    const webhookUrl = `http://127.0.0.1:${(slack.address() as AddressInfo).port}/services/x`;
    await new SecretsManagerClient(target).send(new CreateSecretCommand({ Name: 'team/slack', SecretString: JSON.stringify({ webhookUrl }) }));
    const { Resources } = templateOf({ slackSecret: 'team/slack' });
    const template: Template = { Resources: Object.fromEntries(PARTS.map((id) => [id, Resources[id]!])) };
    const { functions } = await applyTemplate({
      ...target, template, stackName: 'floe-dev', taskRoot: process.cwd(),
      registerFunction: ({ name, handler, environment, timeoutSeconds }) => cloud.functions.register({ name, handler: createLocalFunction(handler, { ...environment, POWERTOOLS_TRACE_ENABLED: 'false' }), timeoutSeconds }),
    });
    expect(functions.map(({ name }) => name)).toEqual(['floe-dev-notify-slack']);
    const posted = new Promise<string>((resolve) => slack.once('request', (request, response) => {
      void request.setEncoding('utf8').toArray().then((parts: string[]) => resolve(parts.join('')));
      response.end('ok');
    }));
    const execution = 'arn:aws:states:eu-west-1:000000000000:execution:floe-dev-hourly:e1';
    await new SNSClient(target).send(new PublishCommand({
      TopicArn: 'arn:aws:sns:eu-west-1:000000000000:floe-dev-notifications', Subject: 'floe: run R failed: QueryFailedError',
      Message: JSON.stringify({ status: 'failed', findings: [], held: [], restored: [] }), MessageAttributes: { execution: { DataType: 'String', StringValue: execution } },
    }));
    const { text } = JSON.parse(await posted) as { text: string };
    expect(text).toContain(':x: *floe: run R failed: QueryFailedError* <https://eu-west-1.console.aws.amazon.com/states/home');
    expect(text).toContain(`${execution}|Execution>\n0 tables restored`);
  } finally {
    slack.close();
    await cloud.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}, 60_000);
