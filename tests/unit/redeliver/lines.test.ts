import fc from 'fast-check';
import { countLines, linesOf } from '../../../src/lib/redeliver/lines.ts';

async function* inPieces(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  let from = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    const to = Math.min(cut, bytes.length);
    yield bytes.subarray(from, to);
    from = to;
  }
  yield bytes.subarray(from);
}

const collect = async (lines: AsyncIterable<Buffer>): Promise<string[]> => {
  const found: string[] = [];
  for await (const line of lines) found.push(line.toString());
  return found;
};

test('lines are the same wherever the bytes are cut; long ones come in pieces, nothing is lost', async () => {
  const text = fc.array(fc.stringMatching(/^[ab]{0,12}$/), { maxLength: 8 }).map((lines) => lines.join('\n'));
  await fc.assert(fc.asyncProperty(text, fc.array(fc.nat(80), { maxLength: 6 }), fc.integer({ min: 1, max: 20 }), async (content, cuts, longest) => {
    const expected = content.split('\n').flatMap((line) => line.match(new RegExp(`.{1,${longest}}`, 'g')) ?? []);
    expect(await collect(linesOf(inPieces(Buffer.from(content), cuts), longest))).toEqual(expected);
    expect(await countLines(inPieces(Buffer.from(content), cuts))).toBe(content.split('\n').filter((line) => line !== '').length);
  }));
});
