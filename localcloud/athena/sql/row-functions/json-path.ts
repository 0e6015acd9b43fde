import type { PathStep } from './json-text.ts';

const STEP = /\.([\p{L}\p{N}_:]+)|\[([\p{L}\p{N}_]+)\]|\["((?:[^"\\]|\\["\\])*)"\]/uy;

/**
 * A path of json_extract and its kin: `$.a.b[0]["c d"]`. It is not SQL's path language: no wildcards, no filters.
 * @returns undefined where Trino refuses the path
 */
export const readJsonPath = (path: string): PathStep[] | undefined => {
  if (!path.startsWith('$')) return undefined;
  const steps: PathStep[] = [];
  STEP.lastIndex = 1;
  while (STEP.lastIndex < path.length) {
    const match = STEP.exec(path);
    if (!match) return undefined;
    const key = match[1] ?? match[2] ?? (match[3] ?? '').replace(/\\(.)/g, '$1');
    steps.push({ key, index: /^\d{1,9}$/.test(key) ? Number(key) : undefined });
  }
  return steps;
};
