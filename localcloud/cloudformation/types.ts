/** A value in a template: JSON, in which an object with one key `Ref`, `Condition` or `Fn::…` is an intrinsic function. */
export type TemplateValue = null | boolean | number | string | TemplateValue[] | { [key: string]: TemplateValue };

export type TemplateObject = Record<string, TemplateValue>;

export interface TemplateResource {
  Type: string;
  Properties?: TemplateObject;
  DependsOn?: string | string[];
  /** Name of a condition; where it is false the resource does not exist. */
  Condition?: string;
  /** DeletionPolicy, UpdateReplacePolicy, Metadata, …: nothing a local deployment acts on. */
  [attribute: string]: unknown;
}

/** A CloudFormation template in its long form (`Fn::GetAtt: [Id, Attribute]`, not `!GetAtt`). */
export interface Template {
  Parameters?: Record<string, { Type: string; Default?: TemplateValue }>;
  Conditions?: Record<string, TemplateValue>;
  Resources: Record<string, TemplateResource>;
  Outputs?: Record<string, { Value: TemplateValue; Condition?: string }>;
}

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
}

/** A Lambda function as the template has it, every reference resolved. */
export interface DeployedFunction {
  /** `floe-dev-capture` */
  name: string;
  arn: string;
  /** The path of the source module below the project's root and its export, as in serverless.yml: `src/handlers/capture.handler`. */
  handler: string;
  /** ARN of the role it runs with; absent: the deployer's own rights. */
  role?: string;
  timeoutSeconds: number;
  memoryMegabytes: number;
  /** The template's variables and those Lambda itself sets: AWS_REGION, the role's credentials, AWS_LAMBDA_FUNCTION_NAME, LAMBDA_TASK_ROOT, and AWS_ENDPOINT_URL. */
  environment: Record<string, string>;
}

/** `not applied`: the type has no meaning on the embedded cloud (log groups, networks, alarms, …). */
export type ResourceStatus = 'created' | 'updated' | 'unchanged' | 'not applied';

export interface AppliedResource {
  logicalId: string;
  type: string;
  /** What `Ref` gives. */
  physicalId: string;
  status: ResourceStatus;
}

export interface AppliedStack {
  resources: AppliedResource[];
  functions: DeployedFunction[];
  outputs: Record<string, string>;
}

/** A stack as a cloud remembers it. */
export interface DeployedStack extends Pick<AppliedStack, 'outputs' | 'resources'> {
  name: string;
}

export interface ApplyOptions {
  template: Template;
  /** Values of the template's `Parameters`; those with a default may be left out. */
  parameters?: Record<string, string>;
  stackName: string;
  /** The embedded cloud, e.g. `http://127.0.0.1:4566`. */
  endpoint: string;
  region: string;
  /** 000000000000 where left out. */
  accountId?: string;
  credentials: Credentials;
  /** The folder functions find their files in, as LAMBDA_TASK_ROOT. */
  taskRoot: string;
  /** Called once per function, before the resources that name it are created; again at every deployment. */
  registerFunction: (definition: DeployedFunction) => void | Promise<void>;
  /** Called once all is there: hands the stack to the cloud that is to answer for it. */
  registerStack?: (stack: DeployedStack) => void | Promise<void>;
}

/** Which serverless.yml, for which stage; `params` overrides its `params` section as `--param="name=value"` does. */
export interface ServerlessOptions {
  /** The folder with serverless.yml. */
  projectRoot: string;
  stage: string;
  region: string;
  params?: Record<string, string>;
}

export interface ServerlessTemplate {
  /** `<service>-<stage>`, as `serverless deploy` names the stack. */
  stackName: string;
  /** The project's resources, and those the framework makes of its functions (`CaptureLambdaFunction`, `CaptureLogGroup`). */
  template: Template;
}

export interface LocalDeployment extends ServerlessOptions, Omit<ApplyOptions, 'template' | 'stackName' | 'taskRoot'> {}
