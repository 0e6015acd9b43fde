export { IamService } from './iam-service.ts';
export type { RoleCredentials } from './iam-service.ts';
export type { RoleGrant } from './used-grants.ts';
