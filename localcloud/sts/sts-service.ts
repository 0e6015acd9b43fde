import { queryProtocol } from '../core/query-protocol.ts';
import { ACCOUNT_ID } from '../core/service.ts';
import type { RequestHandler, Service } from '../core/service.ts';
import { textElement } from '../core/xml.ts';

/** Who the caller is: always the same, since nothing is signed in. */
export class StsService implements Service {
  readonly signingNames = ['sts'];
  readonly handle: RequestHandler = queryProtocol('STS', 'https://sts.amazonaws.com/doc/2011-06-15/', {
    GetCallerIdentity: () =>
      textElement('UserId', 'LOCAL') + textElement('Account', ACCOUNT_ID) + textElement('Arn', `arn:aws:iam::${ACCOUNT_ID}:root`),
  });
}
