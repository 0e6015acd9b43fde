export { decide } from './decide.ts';
export type { Decision, Grant } from './decide.ts';
export { malformed } from './malformed.ts';
export { readPolicy } from './policy.ts';
export type { Policy, PolicyKind, Statement } from './policy.ts';
export { keysOf, lazyKeys } from './request.ts';
export type { Keys, PolicyRequest, Principal } from './request.ts';
