import { Random } from './random.ts';
import type { GenerateSettings } from './settings.ts';
import { userIdOf } from './users.ts';
import { microsecondsOf, minute } from './time.ts';
import type { Microseconds } from './time.ts';

/** A visit of one user to the app. Everything about it follows from its index, so that no list of sessions is kept. */
export interface Session {
  sessionId: string;
  userId: string;
  start: Microseconds;
  /** In microseconds; the session ends before `until`. */
  duration: number;
  /** How many events it has. */
  events: number;
  /** Index of its first transaction; undefined where it has none. */
  transaction: number | undefined;
}

const meanDuration = 6 * minute;
const longestDuration = 30 * minute;

export const sessionIdOf = (index: number): string => `SES_${String(index + 1).padStart(6, '0')}`;

export const sessionAt = (index: number, settings: GenerateSettings): Session => {
  const random = new Random(settings.seed, 'session', index);
  const until = microsecondsOf(settings.until);
  const span = settings.spanMinutes * minute;
  const duration = random.exponential(meanDuration, Math.min(longestDuration, span / 2));
  const start = Math.floor(until - span + ((index + random.next()) / settings.sessions) * (span - duration));
  return {
    sessionId: sessionIdOf(index),
    userId: userIdOf(random.integer(0, settings.users - 1)),
    start,
    duration: Math.floor(duration),
    events: eventsBefore(index + 1, settings) - eventsBefore(index, settings),
    transaction: firstTransactionOf(index, settings),
  };
};

/** Events of all sessions before this one: grows with the index, unevenly, and reaches exactly the number asked for. */
export const eventsBefore = (index: number, settings: GenerateSettings): number => {
  const { events, sessions } = settings;
  if (index === 0) return 0;
  if (index >= sessions) return events;
  const atLeastOne = Math.min(1, events / sessions);
  const jitter = new Random(settings.seed, 'session size', index).next();
  return Math.floor(index * atLeastOne + ((events - sessions * atLeastOne) * (index + jitter)) / sessions);
};

/** The session a transaction belongs to: transactions are dealt out evenly. */
export const sessionOfTransaction = (transaction: number, settings: GenerateSettings): number => Math.floor((transaction * settings.sessions) / settings.transactions);

const firstTransactionOf = (index: number, settings: GenerateSettings): number | undefined => {
  if (settings.transactions === 0) return undefined;
  const candidate = Math.ceil((index * settings.transactions) / settings.sessions);
  return candidate < settings.transactions && sessionOfTransaction(candidate, settings) === index ? candidate : undefined;
};
