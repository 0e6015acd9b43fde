import { Random } from './random.ts';
import { inTurn, withDuplicates } from './records.ts';
import type { GeneratedRecord } from './records.ts';
import { sessionAt, sessionIdOf, sessionOfTransaction } from './sessions.ts';
import type { GenerateSettings } from './settings.ts';
import { second, toSeconds } from './time.ts';

export const transactionsHeader = 'transaction_id,session_id,user_id,amount,currency,transaction_timestamp';

const currencies = ['USD', 'PEN', 'MXN', 'COP', 'CLP', 'ARS', 'BRL'] as const;

/** Share of transactions whose session is not among the events: the web shop's, say, which sends none. */
const orphanShare = 0.01;

interface Transaction {
  id: string;
  sessionId: string;
  userId: string;
  amount: string;
  currency: string;
  time: string;
}

/** Every transaction as a CSV row, at or shortly before the end of the session it belongs to; duplicates and broken rows among them. */
export function* generateTransactions(settings: GenerateSettings): Generator<GeneratedRecord> {
  yield* withDuplicates(rows(settings), settings.duplicateRate, new Random(settings.seed, 'transaction duplicates'));
}

function* rows(settings: GenerateSettings): Generator<GeneratedRecord> {
  const nextBreak = inTurn(breaks);
  for (let index = 0; index < settings.transactions; index += 1) {
    const random = new Random(settings.seed, 'transaction', index);
    const transaction = transactionAt(index, settings, random);
    if (random.chance(settings.brokenRate)) yield { kind: 'broken', text: nextBreak()(transaction) };
    else yield { kind: 'fresh', text: toRow(transaction) };
  }
}

const transactionAt = (index: number, settings: GenerateSettings, random: Random): Transaction => {
  const session = sessionAt(sessionOfTransaction(index, settings), settings);
  const isOrphan = random.chance(orphanShare);
  return {
    id: `TXN_${String(index + 1).padStart(7, '0')}`,
    sessionId: isOrphan ? sessionIdOf(settings.sessions + index) : session.sessionId,
    userId: session.userId,
    amount: (random.integer(500, 500_000) / 100).toFixed(2),
    currency: random.pick(currencies),
    time: toSeconds(Math.max(session.start, session.start + session.duration - random.integer(0, 5) * second)),
  };
};

const toRow = ({ id, sessionId, userId, amount, currency, time }: Transaction): string => [id, sessionId, userId, amount, currency, time].join(',');

const breaks: readonly ((transaction: Transaction) => string)[] = [
  (transaction) => toRow({ ...transaction, amount: `-${transaction.amount}` }),
  (transaction) => toRow({ ...transaction, amount: `${transaction.amount}5` }),
  (transaction) => toRow({ ...transaction, currency: 'DOLLARS' }),
  (transaction) => toRow({ ...transaction, userId: '' }),
  (transaction) => toRow({ ...transaction, time: '31.12.2025 10:00' }),
  (transaction) => `${toRow(transaction)},card`,
];
