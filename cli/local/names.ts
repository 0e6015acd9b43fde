/** On this machine there is one region, and a user's pipeline is this stage. */
export const localStage = 'dev';
export const localRegion = 'eu-west-1';

/** What a pipeline has on this machine only; the stack's outputs name them. */
export const localNamesOf = (stage: string) => ({
  /** A function that brings what lies in the stream into bronze at once, where Firehose would wait. */
  deliverNow: `floe-${stage}-deliver-now`,
  /** How the shop signs in to its own database. */
  shopSecret: `floe-${stage}-shop`,
});
