/** A gate that did not open: its rule's name, and what was measured, in words. */
export interface Finding {
  rule: string;
  figure: string;
}

/** Several findings in one line. */
export const joinFigures = (findings: readonly Finding[]): string => findings.map(({ rule, figure }) => `${rule}: ${figure}`).join('; ');
