import type { SNSEvent, SNSMessage } from 'aws-lambda';
import { awsConfigOf, readSecret, required, secretsClient } from '../lib/aws/index.ts';
import type { Environment } from '../lib/aws/index.ts';
import { postToSlack, slackTextOf, webhookOf } from '../lib/notify/index.ts';
import type { Notification } from '../lib/notify/index.ts';
import { createFunction, createObservability } from '../lib/observability/index.ts';
import type { FunctionHandler } from '../lib/observability/index.ts';

/** Posts the topic's notifications to Slack. Environment: SLACK_SECRET_ID. */
export const createHandler = (environment: Environment): FunctionHandler<SNSEvent, void> => {
  const observability = createObservability(environment);
  const secrets = secretsClient(awsConfigOf(environment));
  const secretId = required(environment, 'SLACK_SECRET_ID');
  return createFunction(observability, async ({ Records }) => {
    const texts = Records.flatMap(({ Sns }) => slackTextOf(notificationOf(Sns)) ?? []);
    if (texts.length === 0) return;
    const webhook = webhookOf((await readSecret(secrets, secretId)) ?? {});
    for (const text of texts) await postToSlack(webhook, text);
  });
};

const notificationOf = ({ Subject, Message, MessageAttributes }: SNSMessage): Notification =>
  ({ subject: Subject ?? 'floe', message: Message, execution: MessageAttributes['execution']?.Value });

let deployed: ReturnType<typeof createHandler> | undefined;

/** The deployed entry point. */
export const handler: ReturnType<typeof createHandler> = (event, context) => (deployed ??= createHandler(process.env))(event, context);
