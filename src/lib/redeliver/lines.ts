const NEWLINE = 0x0a;

/** Longer than any line Firehose writes: a record of 1000 KiB in base64, and some words around it. */
export const LONGEST_LINE_BYTES = 16 << 20;

/**
 * Lines that are not empty, without their ends. One longer than `longest` comes in pieces of that many bytes, so that no
 * object, whatever it holds, has to fit in memory.
 */
export async function* linesOf(pieces: AsyncIterable<Uint8Array>, longest: number = LONGEST_LINE_BYTES): AsyncGenerator<Buffer> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  const take = (): Buffer => {
    const line = Buffer.concat(held);
    held = [];
    heldBytes = 0;
    return line;
  };
  for await (const piece of pieces) {
    let at = 0;
    while (at < piece.length) {
      const newline = piece.indexOf(NEWLINE, at);
      const end = Math.min(newline < 0 ? piece.length : newline, at + longest - heldBytes);
      held.push(piece.subarray(at, end));
      heldBytes += end - at;
      const isEnded = end === newline;
      at = isEnded ? end + 1 : end;
      if (!isEnded && heldBytes < longest) continue;
      if (heldBytes > 0) yield take();
      else held = [];
    }
  }
  if (heldBytes > 0) yield take();
}

export const countLines = async (pieces: AsyncIterable<Uint8Array>): Promise<number> => {
  const lines = linesOf(pieces);
  let count = 0;
  while ((await lines.next()).done !== true) count += 1;
  return count;
};
