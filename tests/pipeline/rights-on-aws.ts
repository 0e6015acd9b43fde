import type { RoleGrant } from '../../localcloud/iam/index.ts';

/** A right that no test on the embedded cloud can need, and why a role has it all the same. */
interface Reason {
  /** Of the policy's name, the statement's and the action: `workflow Observe logs:GetLogDelivery`. */
  grant: RegExp;
  why: string;
}

const REASONS: readonly Reason[] = [
  { grant: / (logs|xray):/, why: 'AWS writes logs and traces with the role: https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html, https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html' },
  { grant: / ec2:/, why: 'Lambda reaches into the network with the role: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html' },
  { grant: / rds-db:connect$/, why: 'the database here asks for a password: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html' },
  { grant: / athena:(GetWorkGroup|GetDataCatalog)$/, why: 'Athena looks them up before a query: https://docs.aws.amazon.com/athena/latest/ug/example-policies-workgroup.html, …/datacatalogs-example-policies.html' },
  { grant: /^Lake\w+Policy \w+ glue:(GetDatabases?|GetTables|GetPartitions?)$/, why: 'Athena asks Glue for them: https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html' },
  { grant: / s3:(ListBucketMultipartUploads|AbortMultipartUpload|ListMultipartUploadParts)$/, why: 'AWS writes large objects in parts: https://docs.aws.amazon.com/athena/latest/ug/s3-permissions.html' },
  { grant: /^LakeQueryPolicy (Buckets|Results) s3:(GetBucketLocation|ListBucket|GetObject)$/, why: 'of the place of results: https://docs.aws.amazon.com/athena/latest/ug/s3-permissions.html' },
  { grant: /^delivery (Bucket|Objects|Schema|Capture) /, why: 'what Firehose lists for a destination in S3, a schema in Glue and a function: https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html' },
  { grant: /^run-begin Executions states:/, why: 'a run whose execution died is taken over; tests of crashes do so' },
  { grant: /^LakeStopPolicy Stop /, why: 'a query that a dead run left is ended; tests of crashes do so' },
  { grant: /^LakeItemPolicy \w+ dynamodb:PutItem$/, why: 'a step renews the lease only once it is some minutes old' },
  { grant: /^run-abort Bronze /, why: 'objects like one that could not be read are looked for; tests of the gates do so' },
  { grant: /^workflow Vacuum /, why: 'snapshots expire after days; tests of the statements do so' },
  { grant: /^redrive (Undelivered|Objects) /, why: 'an event too large for its row; tests of the re-drive have one' },
  { grant: /^start /, why: 'one schedule is fired for all: they differ in their target only' },
];

/** Whether a right that nobody used here has its reason in {@link REASONS}. */
export const neededOnAws = ({ policy, sid, action }: RoleGrant): boolean => REASONS.some(({ grant }) => grant.test(`${policy.replace('floe-dev-', '')} ${sid} ${action}`));
