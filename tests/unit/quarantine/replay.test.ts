import { recordHashOf } from '../../../src/lib/contracts/index.ts';
import { createDecision, isDecisionKey, judgeAnew, putDecision, readDecision, sendReplays, type QuarantinedRecord } from '../../../src/lib/quarantine/index.ts';
import { memoryObjects } from '../support/fakes.ts';

const NOW = new Date('2025-12-01T08:00:00Z');
const HEADER = 'session_id,transaction_id,user_id,amount,currency,transaction_timestamp,note';

const record = (sourceSystem: string, bytes: Buffer | string, members: Partial<QuarantinedRecord> = {}): QuarantinedRecord => ({
  recordHash: recordHashOf(sourceSystem, bytes), sourceSystem, bytes: Buffer.from(bytes), header: null, origin: 'o', firstSeenAt: '2025-11-07 10:00:00.000000', ...members,
});
const event = '{"event_id":"E1","session_id":"S1","user_id":"U1","event_type":"veiw","event_timestamp":"2025-11-07T10:00:00"}';
const row = (text: Buffer | string, members: Partial<QuarantinedRecord> = {}): QuarantinedRecord => record('transactions', text, { header: HEADER, origin: '/in/may/a.csv/17', ...members });
const user = JSON.stringify({ user_id: 'U1', signup_date: '2025-01-01 00:00:00.000000', device_type: 'Web', country: 'XX', updated_at: '2025-02-01 00:00:00.000000', changed_at: '2025-02-01 00:00:01.000000' });

describe('a quarantined record is judged by today\'s contract', () => {
  test('an event that keeps it is sent byte for byte', () => {
    const late = event.replace('veiw', 'click').replace('2025-11-07', '2025-11-30'); // was more than 24 hours ahead when it came
    expect(judgeAnew(record('app', late), null, NOW)).toEqual({ ok: true, replay: { way: 'events', recordHash: recordHashOf('app', late), bytes: Buffer.from(late) } });
  });

  test('patched it is another record', () => {
    const mended = event.replace('veiw', 'click');
    expect(judgeAnew(record('app', event), '{"event_type":"click"}', NOW)).toMatchObject({ ok: true, replay: { recordHash: recordHashOf('app', mended), bytes: Buffer.from(mended) } });
  });

  test('the numbers a patch does not name keep their digits', () => {
    const shop = '{"event_time":"2025-11-07 10:00:00 UTC","event_type":"view","product_id":44600062,"category_id":2103807459595387724,"price":0,"user_id":541312140,"user_session":"S2"}';
    expect(judgeAnew(record('shop', shop), '{"price":35.790}', NOW)).toMatchObject({ ok: true, replay: { bytes: Buffer.from(shop.replace('"price":0', '"price":35.790')) } });
  });

  test('a row of a file keeps its place, its arrival and its header', () => {
    const judged = judgeAnew(row('S1,T1,U1,x,USD,2025-11-07 10:00:00,'), '{"amount":"5.00"}', NOW);
    expect(judged).toMatchObject({
      ok: true,
      replay: {
        way: 'transactions',
        row: {
          payload: 'S1,T1,U1,5.00,USD,2025-11-07 10:00:00,', transaction_id: 'T1', amount: '5.00', source_file: '/in/may/a.csv', row_number: 17, origin: '/in/may/a.csv/17',
          arrival_timestamp: '2025-11-07 10:00:00.000000', ingestion_timestamp: '2025-12-01 08:00:00.000000', header: HEADER,
        },
      },
    });
  });

  test('a version of a user keeps its time', () => {
    expect(judgeAnew(record('users', user), '{"country":"PE"}', NOW)).toMatchObject({
      ok: true, replay: { way: 'users', row: { country: 'PE', arrival_timestamp: '2025-02-01 00:00:01.000000', updated_at: '2025-02-01 00:00:00.000000' } },
    });
  });

  test.each<[string, QuarantinedRecord, string | null, string]>([
    ['an event that still breaks it', record('app', event), null, 'event_type: unknown value "veiw"'],
    ['a patch that breaks it', record('app', event), '{"event_type":"click","session_id":""}', 'session_id: missing'],
    ['bytes that are gone', record('app', event, { bytes: undefined }), null, 'payload: no longer there, nothing can be sent'],
    ['bytes that are not what they were', record('app', event, { bytes: Buffer.from('{}') }), null, 'payload: it no longer has its record_hash'],
    ['a patch on what is no JSON', record('app', 'x'), '{"a":1}', 'patch: the record is not JSON'],
    ['a patch on what is no text', record('app', Buffer.from([0xff])), '{"a":1}', 'patch: the record is not UTF-8'],
    ['a row', row('S1,T1,U1,x,USD,2025-11-07 10:00:00,'), null, 'amount: not a number'],
    ['a row with too few fields', row('S1,T1'), '{"amount":"1"}', 'patch: which field belongs to which column cannot be told: the patch has to give every column'],
    ['a whole file', row('x', { header: null }), null, 'file: not a row but a whole file; deliver the corrected file, then discard this'],
    ['a user', record('users', user), null, 'country: unknown value "XX"'],
    ['a column users do not have', record('users', user), '{"email":"a@b.c"}', 'patch: users have no column email'],
    ['a number where a user has text', record('users', user), '{"country":"PE","device_type":1}', 'device_type: not text'],
    ['a source nobody knows', record('constructor', 'x'), null, 'source: nothing is known of constructor'],
  ])('%s stays open, with the reason', (_name, quarantined, patch, reason) => expect(judgeAnew(quarantined, patch, NOW)).toEqual({ ok: false, reasons: [reason] }));
});

test('a decision is written down, and found by its key', async () => {
  const objects = memoryObjects();
  const content = { action: 'replay', note: 'why', patch: '{"a":9007199254740993}', selection: { source: 'app' }, rows: [{ recordHash: 'h', sourceSystem: 'app', seenCount: 2, firstSeenDate: '2025-11-07', replayedAs: null }] } as const;
  const decision = createDecision(content, NOW);
  expect(decision.id).toMatch(/^20251201T080000Z-[0-9a-f]{8}$/);
  expect(createDecision({ ...content, note: 'another' }, NOW).id).not.toBe(decision.id);
  const key = await putDecision(objects, decision);
  expect(isDecisionKey(key)).toBe(true);
  expect(await readDecision(objects, key)).toEqual(decision);
  expect(await readDecision(objects, 'state/quarantine/none.json')).toBeUndefined();
  expect(isDecisionKey('state/taken/x.json')).toBe(false);
});

test('sending again writes the same objects', async () => {
  const objects = memoryObjects();
  const judged = [row('S1,T1,U1,5,USD,2025-11-07 10:00:00,'), record('users', user.replace('XX', 'PE'))].map((quarantined) => judgeAnew(quarantined, null, NOW));
  const replays = judged.flatMap((outcome) => (outcome.ok ? [outcome.replay] : []));
  const send = () => sendReplays({ objects, putEvents: async () => { throw new Error('there are no events'); } }, { id: '20251201T080000Z-0', decidedAt: NOW.toISOString() }, replays);
  await send();
  const once = new Map(objects.stored);
  expect([...once.keys()]).toEqual(['transactions', 'users'].map((way) => `bronze/${way}/ingestion_date=2025-12-01/replay-20251201T080000Z-0.parquet`));
  await send();
  expect(objects.stored).toEqual(once);
});
