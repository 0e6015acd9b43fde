/**
 * A seeded source of random numbers: the same seed and scope give the same numbers on every machine. The generator is
 * sfc32 (Chris Doty-Humphrey, PractRand); it is not for secrets.
 */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  /** @param scope names the use, so that two uses of one seed are independent: `new Random(42, 'session', 7)`. */
  constructor(seed: number, ...scope: (string | number)[]) {
    [this.a, this.b, this.c] = hashOf(`${seed}/${scope.join('/')}`);
    for (let round = 0; round < 12; round += 1) this.next();
  }

  /** A number in [0, 1), with 32 random bits. */
  next(): number {
    const sum = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  }

  /** An integer from `least` to `most`, both included. */
  integer(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(list: readonly T[]): T {
    const item = list[this.integer(0, list.length - 1)];
    if (item === undefined) throw new RangeError('cannot pick from an empty list');
    return item;
  }

  /** One of the entries, each as often as its weight says. */
  weighted<T>(entries: readonly (readonly [item: T, weight: number])[]): T {
    let rest = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [item, weight] of entries) {
      rest -= weight;
      if (rest < 0) return item;
    }
    const last = entries.at(-1);
    if (last === undefined) throw new RangeError('cannot pick from an empty list');
    return last[0];
  }

  /** Exponentially distributed, never above `most`. */
  exponential(mean: number, most: number): number {
    return Math.min(most, -mean * Math.log(1 - this.next()));
  }

  hex(digits: number): string {
    let text = '';
    while (text.length < digits) text += Math.floor(this.next() * 2 ** 32).toString(16).padStart(8, '0');
    return text.slice(0, digits);
  }

  uuid(): string {
    const text = this.hex(32);
    return `${text.slice(0, 8)}-${text.slice(8, 12)}-4${text.slice(13, 16)}-a${text.slice(17, 20)}-${text.slice(20)}`;
  }
}

/** Three words of FNV-1a with different starts: enough to set scopes apart. */
const hashOf = (text: string): [number, number, number] => {
  const words: [number, number, number] = [0x811c9dc5, 0x9e3779b9, 0x85ebca6b];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    words[0] = Math.imul(words[0] ^ code, 0x01000193);
    words[1] = Math.imul(words[1] ^ code, 0x01000193);
    words[2] = Math.imul(words[2] ^ code, 0x01000193);
  }
  return words;
};

/**
 * The n-th point of the golden ratio's sequence in (0, 1): points that lie evenly at every length. Shares cut out of it
 * are met almost exactly by a hundred draws already, where free draws would need many thousands.
 */
export const evenly = (index: number): number => ((index + 0.5) * 0.6180339887498949) % 1;

/** Quantile of the standard normal distribution (Acklam's rational approximation, relative error below 1.2e-9). */
export const normalQuantile = (probability: number): number => {
  if (probability <= 0 || probability >= 1) throw new RangeError(`not a probability between 0 and 1: ${probability}`);
  if (probability > 0.5) return -normalQuantile(1 - probability);
  if (probability < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(probability));
    return polynomial(tail.over, q) / (polynomial(tail.under, q) * q + 1);
  }
  const q = probability - 0.5;
  const r = q * q;
  return (polynomial(middle.over, r) * q) / (polynomial(middle.under, r) * r + 1);
};

const polynomial = (coefficients: readonly number[], at: number): number => coefficients.reduce((sum, coefficient) => sum * at + coefficient, 0);

const middle = {
  over: [-3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1, 2.506628277459239],
  under: [-5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1],
};

const tail = {
  over: [-7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783],
  under: [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416],
};
