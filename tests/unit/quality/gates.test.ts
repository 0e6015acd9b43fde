import { readFileSync } from 'node:fs';
import {
  judgeConservation, judgeHeldConservation, judgeInput, judgePreflight, judgeThings, parseThresholds, readThresholds, sharesOf, ThresholdsError, withReleases,
  type BrokenThings, type ConservationFigures, type JudgedFinding, type PreflightFigures,
} from '../../../src/lib/quality/index.ts';

const FILE = readFileSync('config/gates.json', 'utf8');
const LIMITS = readThresholds('.');
const { minimumRows, touchedDates } = LIMITS.preflight;
const batch = (figures: Partial<PreflightFigures>): PreflightFigures => ({ sourceSystem: 'app', rows: 2_000, invalidRows: 0, duplicateRows: 0, rowsWithoutUser: 0, rowsWithUnknownFields: 0, ...figures });

describe('the thresholds', () => {
  test('are one file, which a person changes; a source system can have its own', () => {
    const file = JSON.parse(FILE) as { sourceSystems: object };
    const changed = parseThresholds(JSON.stringify({ ...file, sourceSystems: { shop: { invalidShare: 0.01 } } }));
    expect(sharesOf(changed, 'shop')).toEqual({ ...sharesOf(LIMITS, 'shop'), invalidShare: 0.01 });
    expect(sharesOf(changed, 'app')).toEqual(sharesOf(LIMITS, 'app'));
    expect(judgePreflight([batch({ sourceSystem: 'shop', invalidRows: 30 })], changed, []).map(({ rule }) => rule)).toEqual(['invalid_share']);
  });

  test.each([
    ['not JSON', (text: string) => text.slice(0, 9), /^config\/gates\.json is not JSON: /],
    ['a share above 1', (text: string) => text.replace('0.25', '25'), /^config\/gates\.json: preflight\.invalidShare must be a share from 0 to 1, got 25$/],
    ['a number in quotes', (text: string) => text.replace('1000', '"1000"'), /^config\/gates\.json: preflight\.minimumRows must be number, got "1000"$/],
    ['a mistyped member', (text: string) => text.replace('invalidShare', 'invalidshare'), /^config\/gates\.json: preflight\.invalid[sS]hare is (missing|not a threshold)$/],
    ['an unknown source', (text: string) => text.replace('"sourceSystems": {', '"sourceSystems": { "shops": {}'), /^config\/gates\.json: sourceSystems\.shops is not a threshold$/],
    ['half a key', (text: string) => text.replace('"repeatedKeys": 0', '"repeatedKeys": 0.5'), /^config\/gates\.json: audit\.repeatedKeys must be a whole number, got 0\.5$/],
    ['a missing part', () => '{}', /^config\/gates\.json: preflight is missing$/],
  ])('%s is refused, and the message says where', (_name, damage, message) => {
    expect(() => parseThresholds(damage(FILE))).toThrow(message);
    expect(() => parseThresholds(damage(FILE))).toThrow(ThresholdsError);
  });

  test('that are not there are refused', () => expect(() => readThresholds('tests')).toThrow(/^config\/gates\.json cannot be read: ENOENT/));
});

describe('the preflight gate', () => {
  test('names rule, figure and limit of a share that is too large', () => {
    expect(judgePreflight([batch({ invalidRows: 820 })], LIMITS, [])).toEqual([{ rule: 'invalid_share', figure: 'app: 820 of 2000 rows, 0.410 where 0.25 is allowed' }]);
  });

  test('reports every broken rule', () => {
    expect(judgePreflight([batch({ invalidRows: 1_000, duplicateRows: 1_900, rowsWithoutUser: 800 })], LIMITS, []).map(({ rule }) => rule)).toEqual(['invalid_share', 'duplicate_share', 'null_user_share']);
  });

  test('a share at the limit passes', () => expect(judgePreflight([batch({ invalidRows: 500 })], LIMITS, [])).toEqual([]));

  test('shares of a small batch are not judged, and nothing new is fine', () => {
    expect(judgePreflight([batch({ rows: minimumRows - 1, invalidRows: minimumRows - 1 })], LIMITS, [])).toEqual([]);
    expect(judgePreflight([], LIMITS, [])).toEqual([]);
    expect(judgePreflight([batch({ rows: 0 })], { ...LIMITS, preflight: { ...LIMITS.preflight, minimumRows: 0 } }, [])).toEqual([]);
  });

  test('unknown fields pass as long as nobody set a limit', () => {
    const figures = [batch({ rowsWithUnknownFields: 2_000 })];
    expect(judgePreflight(figures, LIMITS, [])).toEqual([]);
    const strict = { ...LIMITS, sourceSystems: { app: { unknownFieldsShare: 0.5 } } };
    expect(judgePreflight(figures, strict, []).map(({ rule }) => rule)).toEqual(['unknown_fields_share']);
  });

  test('an accepted rule lets the batch through, the others still hold it', () => {
    const figures = [batch({ invalidRows: 820, duplicateRows: 1_900 })];
    expect(judgePreflight(figures, LIMITS, ['invalid_share']).map(({ rule }) => rule)).toEqual(['duplicate_share']);
  });

  test('objects without rows and too many dates are told, whatever the size', () => {
    const figures = { objects: 3, readObjects: 2, touchedDates: touchedDates + 1 };
    expect(judgeInput(figures, LIMITS, []).map(({ rule, figure }) => `${rule}: ${figure}`)).toEqual(['unread_objects: rows were found in 2 of 3 objects', 'touched_dates: 1501 dates are touched, 1500 are allowed']);
    expect(judgeInput(figures, LIMITS, ['unread_objects', 'touched_dates'])).toEqual([]);
  });
});

describe('the audit gate', () => {
  const figures: ConservationFigures = { sourceSystem: 'shop', bronzeRows: 9_000, validRows: 8_991, validKeys: 8_987, foundKeys: 8_987, invalidRows: 9, quarantinedRows: 9, lateRows: 0 };

  test('bronze = silver + duplicates + quarantined passes', () => expect(judgeConservation('events', [figures])).toEqual([]));

  test.each([
    ['a key that silver lacks', { foundKeys: 8_986 }],
    ['an invalid row that quarantine lacks', { quarantinedRows: 8 }],
    ['a row that is neither valid nor invalid', { bronzeRows: 9_001 }],
  ])('%s fails it', (_name, change) => {
    expect(judgeConservation('events', [{ ...figures, ...change }])).toMatchObject([{ rule: 'conservation', source: 'events', verdict: 'blocks' }]);
  });

  test('of a source held back only quarantine is asked for', () => {
    expect(judgeHeldConservation('events', [{ ...figures, foundKeys: 0 }])).toEqual([]);
    expect(judgeHeldConservation('events', [{ ...figures, quarantinedRows: 8 }])).toMatchObject([{ rule: 'conservation', verdict: 'blocks', figure: 'shop: 9 invalid rows, but 8 quarantined' }]);
  });

  const things = (changes: Partial<BrokenThings>): BrokenThings => ({ newCount: 0, standingCount: 0, newExample: null, standingExample: null, ...changes });
  const verdicts = (findings: readonly JudgedFinding[]): string[] => findings.map(({ verdict }) => verdict);

  test('what was broken before the run is reported and blocks nothing; what the run broke blocks', () => {
    for (const rule of ['unique_keys', 'user_history', 'layer_counts', 'unique_sessions', 'session_duration'] as const) {
      expect(verdicts(judgeThings(rule, 'gold', things({ standingCount: 3, standingExample: 'a' }), LIMITS))).toEqual(['stood_before']);
      expect(verdicts(judgeThings(rule, 'gold', things({ newCount: 1, newExample: 'b', standingCount: 3 }), LIMITS))).toEqual(['blocks', 'stood_before']);
      expect(judgeThings(rule, 'gold', things({}), LIMITS)).toEqual([]);
    }
  });

  test('a threshold lets some pass', () => {
    const lenient = { ...LIMITS, audit: { ...LIMITS.audit, differingSessions: 2 } };
    expect(judgeThings('layer_counts', 'gold', things({ newCount: 2 }), lenient)).toEqual([]);
    expect(verdicts(judgeThings('layer_counts', 'gold', things({ newCount: 3 }), lenient))).toEqual(['blocks']);
  });

  test('a release lets pass the findings of its source and those of gold, and no others', () => {
    const findings = [...judgeConservation('events', [{ ...figures, foundKeys: 1 }]), ...judgeConservation('users', [{ ...figures, foundKeys: 1 }]), ...judgeThings('layer_counts', 'gold', things({ newCount: 1 }), LIMITS)];
    expect(verdicts(withReleases(findings, ['events']))).toEqual(['accepted', 'blocks', 'accepted']);
    expect(verdicts(withReleases(findings, []))).toEqual(['blocks', 'blocks', 'blocks']);
  });
});
