import type { Template, TemplateResource } from '../../../localcloud/cloudformation/index.ts';
import { isObject, textOf } from '../../../localcloud/cloudformation/values.ts';
import { propertiesOf, referenceText } from './resources.ts';

/**
 * What has to be there before what, where no reference says so: CloudFormation makes all else at once. It takes resources away in the
 * opposite order, so that the same holds for a removal.
 */
export const checkOrder = (template: Template): string[] => [...logGroups(template), ...rights(template), ...calledAgain(template), ...schedules(template)];

const waitsFor = ({ DependsOn }: TemplateResource, id: string): boolean => [DependsOn ?? []].flat().includes(id);

/** The logical id a reference begins with: of `Role.Arn` and `${Role.Arn}`, `Role`. */
const idIn = (value: unknown): string => /"(?:\$\{)?(\w+)(?:\.Arn\}|",")?"?/.exec(JSON.stringify(value ?? null).replace(/^\{"[\w:]+":\[?/, ''))?.[1] ?? '';

/** No role may create a log group: a function that writes before its own is there logs nothing. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html */
const logGroups = (template: Template): string[] =>
  Object.entries(template.Resources).flatMap(([id, resource]) => {
    if (resource.Type !== 'AWS::Lambda::Function') return [];
    const name = textOf(resource.Properties?.['FunctionName'] ?? '', 'FunctionName');
    const [group] = propertiesOf(template, 'AWS::Logs::LogGroup').find(([, { LogGroupName }]) => LogGroupName === `/aws/lambda/${name}`) ?? [];
    return group !== undefined && waitsFor(resource, group) ? [] : [`${id} does not wait for its log group`];
  });

/** What acts with a role as soon as it is made needs the policies that are attached to the role from outside. */
const ACTING_AT_ONCE: Readonly<Record<string, (properties: NonNullable<TemplateResource['Properties']>) => unknown>> = {
  'AWS::KinesisFirehose::DeliveryStream': ({ KinesisStreamSourceConfiguration: source }) => (isObject(source) ? source['RoleARN'] : undefined),
  'AWS::StepFunctions::StateMachine': ({ RoleArn }) => RoleArn,
};

const rights = (template: Template): string[] =>
  Object.entries(template.Resources).flatMap(([id, resource]) => {
    const role = idIn(resource.Type.startsWith('Custom::') ? roleOfFunction(template, resource) : ACTING_AT_ONCE[resource.Type]?.(resource.Properties ?? {}));
    const policies = propertiesOf(template, 'AWS::IAM::Policy').filter(([, { Roles }]) => [Roles ?? []].flat().map(referenceText).includes(role));
    return policies.filter(([policy]) => !waitsFor(resource, policy)).map(([policy]) => `${id} does not wait for ${policy}`);
  });

const roleOfFunction = (template: Template, { Properties }: TemplateResource): unknown => template.Resources[idIn(Properties?.['ServiceToken'])]?.Properties?.['Role'];

/**
 * Lambda makes an asynchronous call twice more after an error. CloudFormation's has been answered by then, and its deployment is being taken
 * back: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
const calledAgain = (template: Template): string[] =>
  Object.entries(template.Resources).flatMap(([id, resource]) => {
    if (!resource.Type.startsWith('Custom::')) return [];
    const maker = idIn(resource.Properties?.['ServiceToken']);
    const once = propertiesOf(template, 'AWS::Lambda::EventInvokeConfig').find(([, { FunctionName, MaximumRetryAttempts }]) => idIn(FunctionName) === maker && Number(MaximumRetryAttempts) === 0);
    return once !== undefined && waitsFor(resource, once[0]) ? [] : [`${id}: ${maker} is called again after an error`];
  });

/** A schedule is on as soon as it is there. */
const schedules = (template: Template): string[] => {
  const made = Object.entries(template.Resources).filter(([, { Type }]) => Type.startsWith('Custom::')).map(([id]) => id);
  return Object.entries(template.Resources).flatMap(([id, resource]) => (resource.Type === 'AWS::Scheduler::Schedule' ? made.filter((one) => !waitsFor(resource, one)).map((one) => `${id} does not wait for ${one}`) : []));
};
