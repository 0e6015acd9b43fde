import { CliError, exitCodes, reasonOf } from '../cli-error.ts';
import type { DeployedTarget } from './target.ts';

interface Explanation {
  /** Error names of the SDK or of services. */
  names: readonly string[];
  exitCode: number;
  explain: (reason: string, target: DeployedTarget) => string;
}

const login = ({ access: { profile } }: DeployedTarget): string => `aws sso login${profile === undefined ? '' : ` --profile ${profile}`}`;

/** By name, since each service has classes of its own: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/CommonErrors.html */
const EXPLANATIONS: readonly Explanation[] = [
  {
    names: ['CredentialsProviderError', 'TokenProviderError'],
    exitCode: exitCodes.usage,
    explain: (reason, target) => `not signed in to AWS: ${reason.replace(/\.$/, '')}; sign in (${login(target)}), name a profile with --profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`,
  },
  {
    names: ['ExpiredToken', 'ExpiredTokenException', 'RequestExpired', 'TokenRefreshRequired'],
    exitCode: exitCodes.failed,
    explain: (_reason, target) => `the AWS credentials have expired: sign in again (${login(target)}), then repeat the command`,
  },
  {
    names: ['InvalidClientTokenId', 'UnrecognizedClientException', 'InvalidAccessKeyId', 'SignatureDoesNotMatch', 'InvalidSignatureException', 'AuthFailure', 'OptInRequired'],
    exitCode: exitCodes.failed,
    explain: (reason) => `AWS does not take these credentials (${reason}): look at --profile, AWS_PROFILE and AWS_ACCESS_KEY_ID; a temporary key needs AWS_SESSION_TOKEN too`,
  },
  {
    names: ['RequestTimeTooSkewed'],
    exitCode: exitCodes.failed,
    explain: () => "this machine's clock differs too much from AWS's: set it",
  },
  {
    names: ['AccessDenied', 'AccessDeniedException', 'AuthorizationError', 'UnauthorizedOperation', 'KMSAccessDeniedException'],
    exitCode: exitCodes.failed,
    explain: (reason, { stage }) => `AWS refuses it: ${reason}; the policy floe-${stage}-operator allows all that this command does, floe-${stage}-analyst its queries`,
  },
  {
    names: ['Throttling', 'ThrottlingException', 'ThrottledException', 'TooManyRequestsException', 'RequestLimitExceeded', 'ProvisionedThroughputExceededException', 'LimitExceededException', 'SlowDown'],
    exitCode: exitCodes.failed,
    explain: (reason) => `AWS throttles the account's calls (${reason}): wait a little, then repeat the command`,
  },
  {
    names: ['ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'ECONNREFUSED', 'TimeoutError', 'NetworkingError'],
    exitCode: exitCodes.failed,
    explain: (reason) => `AWS does not answer (${reason}): look at the network, --region and AWS_ENDPOINT_URL`,
  },
];

/** What an error of AWS or of its SDK means for the user, in one line; undefined for any other. */
export const explainAws = (error: unknown, target: DeployedTarget): CliError | undefined => {
  if (!(error instanceof Error) || error instanceof CliError) return undefined;
  if (error.message === 'Region is missing') {
    return new CliError("no AWS region is known: give --region, set AWS_REGION, or put one into the profile", { exitCode: exitCodes.usage, cause: error });
  }
  const { code } = error as { code?: unknown };
  const found = EXPLANATIONS.find(({ names }) => names.includes(error.name) || (typeof code === 'string' && names.includes(code)));
  return found && new CliError(found.explain(reasonOf(error), target), { exitCode: found.exitCode, cause: error });
};
