import { createBronzeWriter } from '../bronze/index.ts';
import { splitRows } from './csv.ts';
import type { SpooledFile } from './spool.ts';
import { transactionRow } from './transaction-row.ts';
import type { FileContext } from './transaction-row.ts';

/** One Parquet object of a file. */
export interface Part {
  /** 1 is the first. */
  number: number;
  rows: number;
  quarantined: number;
  /** How often each column no contract knows was seen. */
  unknownFields: Map<string, number>;
  bytes: Uint8Array;
}

interface PartBuilder {
  add(raw: Buffer, rowNumber: number): void;
  finish(): Omit<Part, 'number'>;
}

const createPartBuilder = (file: FileContext): PartBuilder => {
  const writer = createBronzeWriter('transactions');
  const unknownFields = new Map<string, number>();
  let quarantined = 0;
  return {
    add(raw, rowNumber) {
      const row = transactionRow(raw, rowNumber, file);
      if (row.validation_errors.length > 0) quarantined += 1;
      for (const name of row.unknown_fields) unknownFields.set(name, (unknownFields.get(name) ?? 0) + 1);
      writer.append(row);
    },
    finish: () => ({ rows: writer.rowCount, quarantined, unknownFields, bytes: writer.finish() }),
  };
};

/**
 * The parts of a file after the first `partsDone`, one at a time. A part ends with the row that reaches `partBytes`, so the
 * cut depends on the content alone; rows of parts already written are counted and not judged again.
 */
export const createParts = async function* (spooled: SpooledFile, file: FileContext, partBytes: number, partsDone: number): AsyncGenerator<Part> {
  let number = 1;
  let rowNumber = -1; // the header is row 0
  let size = 0;
  let builder: PartBuilder | undefined;
  for await (const rows of splitRows(spooled.open())) {
    for (const raw of rows) {
      rowNumber += 1;
      if (rowNumber === 0) continue;
      if (number > partsDone) (builder ??= createPartBuilder(file)).add(raw, rowNumber);
      size += raw.length;
      if (size < partBytes) continue;
      if (builder) yield { number, ...builder.finish() };
      builder = undefined;
      number += 1;
      size = 0;
    }
  }
  if (builder) yield { number, ...builder.finish() };
};
