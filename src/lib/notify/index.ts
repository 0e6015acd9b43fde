export { postToSlack, SlackError, webhookOf } from './slack.ts';
export { slackTextOf } from './slack-text.ts';
export type { Notification } from './slack-text.ts';
