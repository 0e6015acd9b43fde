import type { AccessRule } from '../core/caller.ts';

const RESOURCES = ['stateMachineArn', 'executionArn', 'resourceArn'];

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html */
export const statesAccess =
  (machineArn: (name: string) => string): AccessRule<Record<string, unknown>> =>
  (action, input) => {
    const named = RESOURCES.map((member) => input[member]).filter((value) => typeof value === 'string');
    const resources = named.length > 0 ? named : [typeof input['name'] === 'string' ? machineArn(input['name']) : '*'];
    // A role that is handed to a service has to be passable: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
    const { roleArn } = input;
    const passed = typeof roleArn === 'string' ? [{ action: 'iam:PassRole', resource: roleArn, keys: { 'iam:PassedToService': 'states.amazonaws.com' } }] : [];
    return [...resources.map((resource) => ({ action: `states:${action}`, resource })), ...passed];
  };
