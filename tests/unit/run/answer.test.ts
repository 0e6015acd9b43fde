import { answerOf, MAX_ANSWER_BYTES } from '../../../src/lib/run/answer.ts';

const held = (count: number): object[] => Array.from({ length: count }, (_, index) => ({ source: 'events', rule: 'invalid_share', figure: '12 % of 1,000', query: 'SELECT '.padEnd(1_200, 'x'), objects: 24, runId: `run-${index}` }));

describe("a run's answer", () => {
  test('stays as it is where it fits', () => {
    const summary = { subject: 'floe', held: held(3), findings: [] };
    expect(answerOf(summary)).toBe(summary);
  });

  test('fits into a state with the message made of it, however long nobody has looked at what is held', () => {
    const answer = answerOf({ subject: 'floe', held: held(2_000), findings: held(40), decisions: Array.from({ length: 5_000 }, () => 'k'.repeat(100)) });
    const inState = JSON.stringify({ commit: { summary: answer }, Message: JSON.stringify(answer) });
    expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThanOrEqual(MAX_ANSWER_BYTES);
    expect(Buffer.byteLength(inState)).toBeLessThan(256 * 1024);
    expect([answer.held.length + (answer.omitted?.['held'] ?? 0), answer.decisions.length + (answer.omitted?.['decisions'] ?? 0)]).toEqual([2_000, 5_000]);
    expect(answer.held.length).toBeGreaterThan(0);
  });
});
