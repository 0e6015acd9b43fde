import fc from 'fast-check';
import { readFields, splitRows } from '../../../src/lib/files/index.ts';

const chunked = async function* (bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
};

const rowsOf = async (text: string | Buffer, size = 7): Promise<string[]> => {
  const rows: string[] = [];
  for await (const batch of splitRows(chunked(Buffer.from(text), size))) for (const row of batch) rows.push(row.toString('utf8'));
  return rows;
};

test.each([
  ['a,b\n1,2\n', ['a,b', '1,2']],
  ['a,b\r\n1,2\r\n', ['a,b', '1,2']],
  ['a,b\n1,2', ['a,b', '1,2']],
  ['a\n\n\r\nb\n', ['a', 'b']],
  ['a,"x\ny"\nb\n', ['a,"x\ny"', 'b']],
  ['"x ""quoted""\r\nline",1\r\nb', ['"x ""quoted""\r\nline",1', 'b']],
  ['a,5" pipe\nb,1\n', ['a,5" pipe', 'b,1']],
  ['a,"never closed\nb,1\nc,2\n', ['a,"never closed', 'b,1', 'c,2']],
  ['a,b\n"x,1\ny,2\nz",3\n', ['a,b', '"x,1\ny,2\nz",3']],
  ['a,b\n"x,1\ny,2\n"z",3\n', ['a,b', '"x,1', 'y,2', '"z",3']],
  ['\ufeff"a\n",b\n1,2', ['"a\n",b', '1,2']],
  ['a\n"x\ny"', ['a', '"x\ny"']],
  ['a\n"x\ny', ['a', '"x', 'y']],
  ['a\rb\r\nc\r\r\n', ['a\rb', 'c\r']],
  ['', []],
])('%j is cut into %j', async (text, expected) => {
  for (const size of [1, 2, 3, 1_000]) expect(await rowsOf(text, size)).toStrictEqual(expected);
});

test.each([
  ['a,b', ['a', 'b']],
  ['', ['']],
  [',', ['', '']],
  ['a,', ['a', '']],
  ['"a,b",c', ['a,b', 'c']],
  ['"a ""b""",""', ['a "b"', '']],
  ['5" pipe,x', ['5" pipe', 'x']],
])('the fields of %j are %j', (text, fields) => {
  expect(readFields(text)).toStrictEqual({ ok: true, fields });
});

test.each([['"a', 'quote not closed'], ['x,"a""', 'quote not closed'], ['"a"b,c', 'text after a closing quote']])('%j has no fields: %s', (text, reason) => {
  expect(readFields(text)).toStrictEqual({ ok: false, reason });
});

test('whatever is written as CSV is read back, however it is cut into chunks', async () => {
  const field = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', 'é', ' ') });
  const table = fc.integer({ min: 2, max: 4 }).chain((width) => fc.array(fc.array(field, { minLength: width, maxLength: width }), { maxLength: 6 }));
  await fc.assert(
    fc.asyncProperty(table, fc.integer({ min: 1, max: 20 }), fc.constantFrom('\n', '\r\n'), async (records, size, end) => {
      const text = records.map((fields) => fields.map((value) => `"${value.replaceAll('"', '""')}"`).join(',') + end).join('');
      const read = (await rowsOf(text, size)).map((row) => readFields(row));
      expect(read).toStrictEqual(records.map((fields) => ({ ok: true, fields })));
    }),
    { numRuns: 300 },
  );
});

test('bytes of any kind never throw and none are lost but line ends', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 50 }), async (bytes, size) => {
      const rows: Buffer[] = [];
      for await (const batch of splitRows(chunked(Buffer.from(bytes), size))) rows.push(...batch);
      const withoutEnds = (buffer: Buffer): string => buffer.toString('latin1').replace(/[\r\n]/g, '');
      expect(withoutEnds(Buffer.concat(rows))).toBe(withoutEnds(Buffer.from(bytes)));
    }),
  );
});

test('a row without end is refused before it fills the memory', async () => {
  const endless = async function* (): AsyncGenerator<Buffer> {
    for (;;) yield Buffer.alloc(1 << 20, 'x');
  };
  const read = async (): Promise<void> => {
    for await (const rows of splitRows(endless())) expect(rows).toStrictEqual([]);
  };
  await expect(read()).rejects.toThrow('row 0 is longer than 16777216 bytes');
});

test('quotes that open on every line and close on none are looked through once, not once a line', async () => {
  const line = 'a"b,"c\n';
  const rows = await rowsOf(line.repeat(300_000), 1 << 18);
  expect(rows).toHaveLength(300_000);
  expect(new Set(rows)).toStrictEqual(new Set([line.trimEnd()]));
});
