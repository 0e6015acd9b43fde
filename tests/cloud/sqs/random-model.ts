import { SqsBench } from './support.ts';
import type { Received } from './support.ts';

/** Whole numbers below a bound, the same ones for the same seed (mulberry32). */
export const randomOf = (seed: number): ((bound: number) => number) => {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
};

/**
 * A random sequence of sends, receives, deletions, changes of visibility, time and crashes on a queue with a dead-letter
 * queue. Throws where a message is received again after its deletion was acknowledged, or one that was sent is nowhere at the end.
 */
export const runRandomly = async (seed: number, steps: number): Promise<void> => {
  const random = randomOf(seed);
  const bench = new SqsBench();
  try {
    const dead = await bench.create('dead');
    const url = await bench.create('q', { VisibilityTimeout: '10', RedrivePolicy: JSON.stringify({ deadLetterTargetArn: 'arn:aws:sqs:eu-west-1:000000000000:dead', maxReceiveCount: 3 }) });
    const kept = new Set<string>();
    const deleted = new Set<string>();
    let held: { from: string; message: Received }[] = [];
    const receive = async (from: string): Promise<number> => {
      const messages = await bench.receive(from, { MaxNumberOfMessages: 1 + random(10) });
      for (const message of messages) {
        if (deleted.has(message.Body)) throw new Error(`${message.Body} was deleted and has been received again`);
        if (!kept.has(message.Body)) throw new Error(`${message.Body} was never sent`);
        held.push({ from, message });
      }
      return messages.length;
    };
    const remove = async (): Promise<void> => {
      const [entry] = held.splice(random(held.length || 1), 1);
      if (!entry) return;
      const before = await bench.counts(entry.from);
      await bench.call('DeleteMessage', { QueueUrl: entry.from, ReceiptHandle: entry.message.ReceiptHandle });
      const after = await bench.counts(entry.from);
      if (sum(after) === sum(before)) return; // the handle of an earlier receive: AWS answers success, and deletes nothing
      kept.delete(entry.message.Body);
      deleted.add(entry.message.Body);
    };
    for (let step = 0; step < steps; step++) {
      const choice = random(20);
      if (choice < 6) {
        const body = `message ${step}`;
        await bench.call('SendMessage', { QueueUrl: url, MessageBody: body, DelaySeconds: random(3) * 5 });
        kept.add(body);
      } else if (choice < 12) await receive(random(4) === 0 ? dead : url);
      else if (choice < 16) await remove();
      else if (choice < 18) await bench.timers.advance(random(12_000));
      else if (choice === 18) bench.crash();
      else held = held.slice(random(held.length + 1));
    }
    const found = new Set<string>();
    for (let empty = 0; empty < 8 && found.size < kept.size; ) {
      held = [];
      const count = (await receive(url)) + (await receive(dead));
      for (const { message } of held) found.add(message.Body);
      empty = count === 0 ? empty + 1 : 0;
      await bench.timers.advance(count === 0 ? 31_000 : 0);
    }
    const lost = [...kept].filter((body) => !found.has(body));
    if (lost.length > 0) throw new Error(`seed ${seed}: sent, not deleted and nowhere: ${lost.join(', ')}`);
  } finally {
    await bench.close();
  }
};

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
