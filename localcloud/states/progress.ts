/**
 * How far a group of states has come, as plain JSON: kept with an execution that did not succeed, since a redrive goes on from there
 * (https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html).
 */
export interface Progress {
  /** The state it is at, or comes to next where `entered` is missing. */
  at?: { name: string; input: unknown; entered?: { time: string; event: number } };
  /** Of the branches of the Parallel, or iterations of the Map, it is at. */
  branches?: Progress[];
  /** Set once the group has ended. */
  output?: { value: unknown };
}
