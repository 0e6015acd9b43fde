import { conservationFindings, DEFAULT_THRESHOLDS, judgePreflight, layerFindings, type ConservationFigures, type PreflightFigures } from '../../../src/lib/quality/index.ts';

const LIMITS = DEFAULT_THRESHOLDS.preflight;
const batch = (figures: Partial<PreflightFigures>): PreflightFigures => ({ sourceSystem: 'app', rows: 2_000, invalidRows: 0, duplicateRows: 0, rowsWithoutUser: 0, rowsWithUnknownFields: 0, ...figures });

describe('the preflight gate', () => {
  test('names rule, figure and limit of a share that is too large', () => {
    expect(judgePreflight([batch({ invalidRows: 820 })], LIMITS, [])).toEqual([{ rule: 'invalid_share', figure: 'app: 820 of 2000 rows, 0.410 where 0.25 is allowed' }]);
  });

  test('reports every broken rule', () => {
    expect(judgePreflight([batch({ invalidRows: 1_000, duplicateRows: 1_900, rowsWithoutUser: 800 })], LIMITS, []).map(({ rule }) => rule)).toEqual(['invalid_share', 'duplicate_share', 'null_user_share']);
  });

  test('a share at the limit passes', () => {
    expect(judgePreflight([batch({ invalidRows: 500 })], LIMITS, [])).toEqual([]);
  });

  test('shares of a small batch are not judged, and nothing new is fine', () => {
    expect(judgePreflight([batch({ rows: LIMITS.minimumRows - 1, invalidRows: LIMITS.minimumRows - 1 })], LIMITS, [])).toEqual([]);
    expect(judgePreflight([], LIMITS, [])).toEqual([]);
  });

  test('an accepted rule lets the batch through, the others still hold it', () => {
    const figures = [batch({ invalidRows: 820, duplicateRows: 1_900 })];
    expect(judgePreflight(figures, LIMITS, ['invalid_share']).map(({ rule }) => rule)).toEqual(['duplicate_share']);
  });
});

describe('the audit gate', () => {
  const figures: ConservationFigures = { sourceSystem: 'shop', bronzeRows: 9_000, validRows: 8_991, validKeys: 8_987, foundKeys: 8_987, invalidRows: 9, quarantinedRows: 9, lateRows: 0 };

  test('bronze = silver + duplicates + quarantined passes', () => {
    expect(conservationFindings([figures])).toEqual([]);
  });

  test.each([
    ['a key that silver lacks', { foundKeys: 8_986 }],
    ['an invalid row that quarantine lacks', { quarantinedRows: 8 }],
    ['a row that is neither valid nor invalid', { bronzeRows: 9_001 }],
  ])('%s fails it', (_name, change) => {
    expect(conservationFindings([{ ...figures, ...change }])).toHaveLength(1);
  });

  test('silver and gold must hold the same events of the touched sessions', () => {
    const layers = { silverEvents: 10, goldEvents: 10, goldRows: 3, repeatedSessions: 0, negativeDurations: 0, purchasesWithoutViewOrCart: 2, sessionsWithSeveralUsers: 1 };
    expect(layerFindings(layers)).toEqual([]);
    expect(layerFindings({ ...layers, goldEvents: 9 }).map(({ rule }) => rule)).toEqual(['layer_counts']);
    expect(layerFindings({ ...layers, repeatedSessions: 1 }).map(({ rule }) => rule)).toEqual(['unique_sessions']);
    expect(layerFindings({ ...layers, negativeDurations: 1 }).map(({ rule }) => rule)).toEqual(['session_duration']);
  });
});
