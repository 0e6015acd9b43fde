const TIMEOUT_MILLIS = 10_000;

/** Slack did not take a message, or the secret does not say where to. The message never holds the webhook's address: who knows it may post. */
export class SlackError extends Error {
  override readonly name = 'SlackError';
}

/** The address out of the secret `{webhookUrl}`. @throws SlackError */
export const webhookOf = ({ webhookUrl }: Readonly<Record<string, unknown>>): string => {
  if (typeof webhookUrl !== 'string' || !URL.canParse(webhookUrl)) throw new SlackError('the Slack secret has no usable webhookUrl');
  return webhookUrl;
};

/**
 * Posts a text in Slack's mrkdwn; whatever is not status 200 is a refusal, with its reason in the body:
 * https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks. @throws SlackError
 */
export const postToSlack = async (webhook: string, text: string): Promise<void> => {
  const response = await sent(webhook, text);
  if (response.status !== 200) throw new SlackError(`Slack answered ${response.status}: ${(await response.text()).slice(0, 100)}`);
};

const sent = async (webhook: string, text: string): Promise<Response> => {
  try {
    return await fetch(webhook, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ text }), signal: AbortSignal.timeout(TIMEOUT_MILLIS) });
  } catch (error) {
    throw new SlackError(`Slack cannot be reached: ${reasonOf(error)}`); // without cause: it may quote the address
  }
};

/** fetch says "fetch failed" and has the reason in its cause. */
const reasonOf = (error: unknown): string => {
  const { code } = (error instanceof Error ? (error.cause ?? {}) : {}) as { code?: unknown };
  return typeof code === 'string' ? code : error instanceof Error ? error.name : 'unknown';
};
