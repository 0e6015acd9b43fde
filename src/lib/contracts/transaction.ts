import { currencies } from './codes.ts';
import { createContract, textOrNull } from './contract.ts';
import { requiredCode, requiredMoney, requiredText, requiredTimestamp } from './fields.ts';

export const transactionColumns = ['transaction_id', 'session_id', 'user_id', 'amount', 'currency', 'transaction_timestamp'] as const;
export type TransactionColumn = (typeof transactionColumns)[number];

/** A row of a transactions file, DATA.md 1.3: every field is text, an empty one is missing. */
export const transaction = createContract<TransactionColumn>({
  sourceSystem: 'transactions',
  version: 1,
  columns: transactionColumns,
  fields: {
    transaction_id: requiredText(),
    session_id: requiredText(),
    user_id: requiredText(),
    amount: requiredMoney({ mostDecimals: 2 }),
    currency: requiredCode(currencies),
    transaction_timestamp: requiredTimestamp(),
  },
  times: ['transaction_timestamp'],
  toColumns: (read) => ({
    transaction_id: textOrNull(read['transaction_id']),
    session_id: textOrNull(read['session_id']),
    user_id: textOrNull(read['user_id']),
    amount: textOrNull(read['amount']),
    currency: textOrNull(read['currency']),
    transaction_timestamp: textOrNull(read['transaction_timestamp']),
  }),
});
