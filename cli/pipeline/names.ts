/** The names floe gives its resources of a stage (serverless.yml and resources/), as far as the command speaks to them. */
export const namesOf = (stage: string, region: string, accountId = '000000000000') => ({
  eventStream: `floe-${stage}-events`,
  deliveryStream: `floe-${stage}-events`,
  workgroup: `floe-${stage}`,
  lakeBucket: `floe-${stage}-lake-${accountId}`,
  ingestTransactions: `floe-${stage}-ingest-transactions`,
  ingestUsers: `floe-${stage}-ingest-users`,
  redrive: `floe-${stage}-redrive`,
  /** Exists on the embedded cloud only: brings what lies in the stream into bronze at once, where Firehose would wait. */
  deliverNow: `floe-${stage}-deliver-now`,
  hourlyWorkflow: `arn:aws:states:${region}:${accountId}:stateMachine:floe-${stage}-hourly`,
  ledgerTable: `floe-${stage}-ledger`,
  lakeTable: `floe-${stage}-lake`,
  watermarkTable: `floe-${stage}-watermarks`,
  sftpSecret: `floe-${stage}-sftp`,
  /** Exists on the embedded cloud only: how the shop signs in to its own database. */
  shopSecret: `floe-${stage}-shop`,
});

export type ResourceNames = ReturnType<typeof namesOf>;

/** On this machine there is one stage in one region. */
export const localStage = 'dev';
export const localRegion = 'eu-west-1';
