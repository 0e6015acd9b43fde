import type { Caller } from '../core/caller.ts';
import { queryProtocol } from '../core/query-protocol.ts';
import { ACCOUNT_ID } from '../core/service.ts';
import type { Clock, RequestHandler, Service } from '../core/service.ts';
import { element, textElement } from '../core/xml.ts';

export interface StsOptions {
  /** Throws AwsError AccessDenied, ValidationError. */
  assume: (caller: Caller, roleArn: string, sessionName: string) => { caller: Caller; credentials: { accessKeyId: string; secretAccessKey: string; sessionToken: string } };
  clock: Clock;
}

const DEFAULT_SECONDS = 3_600;

/** Who the caller is, and how to become a role. An expiry is told, and not kept. */
export class StsService implements Service {
  readonly signingNames = ['sts'];
  readonly handle: RequestHandler;

  constructor({ assume, clock }: StsOptions) {
    this.handle = queryProtocol('STS', 'https://sts.amazonaws.com/doc/2011-06-15/', {
      GetCallerIdentity: (_, { caller }) => textElement('UserId', caller.userId) + textElement('Account', ACCOUNT_ID) + textElement('Arn', caller.arn),
      AssumeRole: (parameters, { caller }) => {
        const { caller: session, credentials } = assume(caller, parameters.get('RoleArn') ?? '', parameters.get('RoleSessionName') ?? '');
        const seconds = Number(parameters.get('DurationSeconds') ?? DEFAULT_SECONDS);
        return (
          element('AssumedRoleUser', textElement('AssumedRoleId', session.userId), textElement('Arn', session.arn)) +
          element(
            'Credentials',
            textElement('AccessKeyId', credentials.accessKeyId),
            textElement('SecretAccessKey', credentials.secretAccessKey),
            textElement('SessionToken', credentials.sessionToken),
            textElement('Expiration', new Date(clock().getTime() + seconds * 1000).toISOString()),
          )
        );
      },
    });
  }
}
