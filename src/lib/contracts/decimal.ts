/** Decimal numbers as text and whole cents: money is never a float (DATA.md, first lines). */

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?$/;
/** Twelve digits before the point are far above every limit, and their cents are still exact integers. */
const MOST_DIGITS = 12;

export const LEAST_CENTS = 1;
export const MOST_CENTS = 9_999_999_999; // 99,999,999.99, what decimal(10,2) holds

export interface Decimal {
  /** Rounded half up to whole cents; ±Infinity where it has more than twelve digits before the point. */
  cents: number;
  /** Digits after the point as written. */
  decimals: number;
}

/** `-?digits[.digits]` (DATA.md 1.5); undefined for anything else: signs, exponents, separators, blanks. */
export const readDecimal = (text: string): Decimal | undefined => {
  const match = NUMBER.exec(text);
  if (!match) return undefined;
  const [, sign = '', whole = '', fraction = ''] = match;
  const digits = whole.replace(/^0+/, '');
  const magnitude = digits.length > MOST_DIGITS ? Infinity : Number(`${digits}${fraction.slice(0, 2).padEnd(2, '0')}`);
  const roundsUp = fraction.charCodeAt(2) >= 53; // '5'; NaN where there is no third digit
  const cents = magnitude + (roundsUp ? 1 : 0);
  return { cents: sign ? -cents : cents, decimals: fraction.length };
};

/** `3579` to `35.79`. For cents from 0 on. */
export const textOfCents = (cents: number): string => {
  const text = String(cents).padStart(3, '0');
  return `${text.slice(0, -2)}.${text.slice(-2)}`;
};
