/** What an emulator's CloudFormation does not know, and the copy of the project that goes to it does without (without-gaps.cjs). */
export interface Gaps {
  /** Resource types: left out. Where others refer to them by `Ref`, their names are written in. */
  readonly types: readonly string[];
  /** Functions of templates: their values are written in. */
  readonly functions: readonly 'Fn::Cidr'[];
  /** Whether SetStackPolicy is missing: no policy is set. */
  readonly stackPolicy: boolean;
  /** Whether ECR is missing, where `serverless remove` looks for images: it is told that there are none. */
  readonly images: boolean;
  /** Whether a removal cannot be followed, since the stack's events are gone before they have been asked for, and keeps nothing. */
  readonly removal: boolean;
}

/** Of MiniStack 1.5.33: named queries altogether, alarms where they have metric math. */
export const MINISTACK_GAPS: Gaps = { types: ['AWS::Athena::NamedQuery', 'AWS::CloudWatch::Alarm'], functions: [], stackPolicy: false, images: false, removal: false };

/**
 * Of LocalStack 4.14, in its container or without. Told to pass over unsupported types it would take them, and hand "unknown" to whom refers to them; custom
 * resources are for its paid plans; its Firehose fetches a Java of its own to read a stream.
 */
export const LOCALSTACK_GAPS: Gaps = {
  types: ['AWS::Athena::WorkGroup', 'AWS::Athena::NamedQuery', 'AWS::Glue::Database', 'AWS::Glue::Table', 'AWS::KinesisFirehose::DeliveryStream', 'Custom::LakeTables'],
  functions: ['Fn::Cidr'],
  stackPolicy: true,
  images: true,
  removal: true,
};
