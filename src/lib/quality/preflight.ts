import type { Thresholds } from './thresholds.ts';

/** What gates/preflight.sql counted for one source_system. */
export interface PreflightFigures {
  sourceSystem: string;
  rows: number;
  invalidRows: number;
  duplicateRows: number;
  rowsWithoutUser: number;
  rowsWithUnknownFields: number;
}

/** A gate that did not open: its rule's name, what was measured, in words. */
export interface Finding {
  rule: string;
  figure: string;
}

const SHARE_RULES = ['invalid_share', 'duplicate_share', 'null_user_share'] as const;
const INPUT_RULES = ['unread_objects', 'touched_dates'] as const;

/** Every rule a person may release. */
export const PREFLIGHT_RULES = [...SHARE_RULES, ...INPUT_RULES] as const;
export type PreflightRule = (typeof PREFLIGHT_RULES)[number];

/** A source's objects as a whole. */
export interface InputFigures {
  objects: number;
  /** Objects in which rows were found. */
  readObjects: number;
  /** Distinct dates of valid rows. */
  touchedDates: number;
}

/** Objects without any row were not read where they were looked for, and must not pass as done; very many dates cannot be named in one statement. */
export const judgeInput = (figures: InputFigures, thresholds: Thresholds['preflight'], accepted: readonly string[]): Finding[] => {
  const findings: (Finding & { rule: PreflightRule })[] = [];
  if (figures.readObjects !== figures.objects) findings.push({ rule: 'unread_objects', figure: `rows were found in ${figures.readObjects} of ${figures.objects} objects` });
  if (figures.touchedDates > thresholds.touchedDates) findings.push({ rule: 'touched_dates', figure: `${figures.touchedDates} dates are touched, ${thresholds.touchedDates} are allowed` });
  return findings.filter(({ rule }) => !accepted.includes(rule));
};

/** Every rule that a batch breaks and that nobody has accepted. No row at all is fine: nothing new has come. */
export const judgePreflight = (figures: readonly PreflightFigures[], thresholds: Thresholds['preflight'], accepted: readonly string[]): Finding[] =>
  figures
    .filter(({ rows }) => rows >= thresholds.minimumRows)
    .flatMap((source) => {
      const rules: [PreflightRule, number, number][] = [
        ['invalid_share', source.invalidRows, thresholds.invalidShare],
        ['duplicate_share', source.duplicateRows, thresholds.duplicateShare],
        ['null_user_share', source.rowsWithoutUser, thresholds.nullUserShare],
      ];
      return rules
        .filter(([rule, count, limit]) => count / source.rows > limit && !accepted.includes(rule))
        .map(([rule, count, limit]) => ({ rule, figure: `${source.sourceSystem}: ${count} of ${source.rows} rows, ${(count / source.rows).toFixed(3)} where ${limit} is allowed` }));
    });

/** Figures of the same source_system from several statements, added up. */
export const sumPreflight = (figures: readonly PreflightFigures[]): PreflightFigures[] => {
  const sums = new Map<string, PreflightFigures>();
  for (const figure of figures) {
    const sum = sums.get(figure.sourceSystem);
    sums.set(
      figure.sourceSystem,
      sum === undefined
        ? figure
        : {
            sourceSystem: figure.sourceSystem,
            rows: sum.rows + figure.rows,
            invalidRows: sum.invalidRows + figure.invalidRows,
            duplicateRows: sum.duplicateRows + figure.duplicateRows,
            rowsWithoutUser: sum.rowsWithoutUser + figure.rowsWithoutUser,
            rowsWithUnknownFields: sum.rowsWithUnknownFields + figure.rowsWithUnknownFields,
          },
    );
  }
  return [...sums.values()];
};
