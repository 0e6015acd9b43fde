import type { Access } from '../pipeline/stack.ts';

/** The embedded cloud takes any credentials; these are the ones it hands out itself. */
export const accessTo = (endpoint: string, region: string): Access => ({ endpoint, region, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } });
