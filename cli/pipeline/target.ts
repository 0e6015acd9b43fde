import type { Environment } from '../../src/lib/aws/index.ts';
import { usageError } from '../cli-error.ts';
import type { Access } from './stack.ts';

/** Which pipeline a command is for, as its options say. */
export interface TargetOptions {
  /** The directory of a cloud on this machine. */
  dataDir?: string;
  /** A deployment, in the account and region that the SDK's standard environment, or the other two, give. */
  stage?: string;
  profile?: string;
  region?: string;
}

/** A deployment to be found by its stack. */
export interface DeployedTarget {
  stage: string;
  access: Access;
}

/**
 * The deployment that is meant; undefined: the cloud of this machine. FLOE_STAGE stands in for `--stage` where no directory is named.
 * @throws CliError where the options contradict each other
 */
export const deployedTarget = ({ dataDir, stage, profile, region }: TargetOptions, environment: Environment): DeployedTarget | undefined => {
  if (dataDir !== undefined && stage !== undefined) throw usageError('--data-dir is for a cloud of this machine, --stage for a deployment: give one of them');
  if (stage === '') throw usageError('--stage has no value'); // a variable of a script that is not set must not lead to another lake
  const meant = stage ?? (dataDir === undefined ? environment['FLOE_STAGE'] : undefined);
  if (meant === undefined || meant === '') {
    if (profile !== undefined || region !== undefined) throw usageError('--profile and --region belong to --stage');
    return undefined;
  }
  // Stack names are letters, digits and hyphens: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-using-console-create-stack-parameters.html
  if (!/^[a-z0-9][a-z0-9-]{0,40}$/i.test(meant)) throw usageError(`"${meant}" is no stage's name`);
  return { stage: meant, access: { ...(profile === undefined ? {} : { profile }), ...(region === undefined ? {} : { region }) } };
};

/** How another command reaches the same pipeline: `floe`, `floe --stage prod --region eu-central-1`. */
export const commandOf = (options: TargetOptions, environment: Environment): string => {
  const target = deployedTarget(options, environment);
  if (target === undefined) return 'floe';
  const { stage, access } = target;
  const given = Object.entries({ stage, profile: access.profile, region: access.region }).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]));
  return ['floe', ...given].join(' ');
};
