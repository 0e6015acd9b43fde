import type { Finding } from './finding.ts';
import { sharesOf, type ShareThresholds, type Thresholds } from './thresholds.ts';

/** What gates/preflight.sql counted for one source_system. */
export interface PreflightFigures {
  sourceSystem: string;
  rows: number;
  invalidRows: number;
  duplicateRows: number;
  rowsWithoutUser: number;
  rowsWithUnknownFields: number;
}

const SHARE_RULES = ['invalid_share', 'duplicate_share', 'null_user_share', 'unknown_fields_share'] as const;
const INPUT_RULES = ['unread_objects', 'touched_dates'] as const;

/** The rules judged before a source is merged. */
export const PREFLIGHT_RULES = [...SHARE_RULES, ...INPUT_RULES] as const;
export type PreflightRule = (typeof PREFLIGHT_RULES)[number];
export type PreflightFinding = Finding & { rule: PreflightRule };

/** A source's objects as a whole. */
export interface InputFigures {
  objects: number;
  /** Objects in which rows were found. */
  readObjects: number;
  /** Distinct dates of valid rows. */
  touchedDates: number;
}

/** Objects without any row were not read where they were looked for, and must not pass as done; very many dates cannot be named in one statement. */
export const judgeInput = (figures: InputFigures, { preflight }: Thresholds, accepted: readonly string[]): PreflightFinding[] => {
  const findings: PreflightFinding[] = [];
  if (figures.readObjects !== figures.objects) findings.push({ rule: 'unread_objects', figure: `rows were found in ${figures.readObjects} of ${figures.objects} objects` });
  if (figures.touchedDates > preflight.touchedDates) findings.push({ rule: 'touched_dates', figure: `${figures.touchedDates} dates are touched, ${preflight.touchedDates} are allowed` });
  return findings.filter(({ rule }) => !accepted.includes(rule));
};

/** Every rule that a batch breaks and that nobody has accepted. No row at all is fine: nothing new has come. */
export const judgePreflight = (figures: readonly PreflightFigures[], thresholds: Thresholds, accepted: readonly string[]): PreflightFinding[] =>
  figures.flatMap((source) => {
    const limits = sharesOf(thresholds, source.sourceSystem);
    return source.rows < limits.minimumRows ? [] : judgeShares(source, limits).filter(({ rule }) => !accepted.includes(rule));
  });

const judgeShares = (source: PreflightFigures, limits: ShareThresholds): PreflightFinding[] => {
  const rules: [PreflightRule, number, number][] = [
    ['invalid_share', source.invalidRows, limits.invalidShare],
    ['duplicate_share', source.duplicateRows, limits.duplicateShare],
    ['null_user_share', source.rowsWithoutUser, limits.nullUserShare],
    ['unknown_fields_share', source.rowsWithUnknownFields, limits.unknownFieldsShare],
  ];
  return rules
    .filter(([, count, limit]) => source.rows > 0 && count / source.rows > limit)
    .map(([rule, count, limit]) => ({ rule, figure: `${source.sourceSystem}: ${count} of ${source.rows} rows, ${(count / source.rows).toFixed(3)} where ${limit} is allowed` }));
};

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
