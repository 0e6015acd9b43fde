import { bronzeTables, createBronzeWriter } from '../../../src/lib/bronze/index.ts';
import type { BronzeTable } from '../../../src/lib/bronze/index.ts';
import { parquetColumns, parquetRows } from '../support/parquet.ts';

const duckdbType = { string: 'VARCHAR', int: 'INTEGER', bigint: 'BIGINT', 'array<string>': 'VARCHAR[]' } as const;

test.each(Object.keys(bronzeTables) as BronzeTable[])('an object of bronze.%s has every column of the table, with its type, in its order', async (table) => {
  const writer = createBronzeWriter(table);
  writer.append({});
  expect(await parquetColumns(writer.finish())).toStrictEqual(bronzeTables[table].columns.map(({ name, type }) => `${name} ${duckdbType[type]}`));
});

test('values come back as they were: text of any script, empty and filled lists, nulls, whole numbers', async () => {
  const writer = createBronzeWriter('transactions');
  writer.append({ payload: 'ä😀\n"', validation_errors: [], unknown_fields: ['a', 'ü'], contract_version: 1, row_number: 3_000_000_000 });
  writer.append({ payload: null, validation_errors: ['amount: missing'], unknown_fields: [] });
  const rows = await parquetRows(writer.finish());
  expect(rows[0]).toMatchObject({ payload: 'ä😀\n"', validation_errors: [], unknown_fields: ['a', 'ü'], contract_version: 1, row_number: '3000000000', header: null });
  expect(rows[1]).toMatchObject({ payload: null, validation_errors: ['amount: missing'], contract_version: null, row_number: null });
});

test('many row groups are one object', async () => {
  const writer = createBronzeWriter('users');
  for (let index = 0; index < 45_000; index += 1) writer.append({ user_id: `U${index}` });
  expect(writer.rowCount).toBe(45_000);
  const rows = await parquetRows(writer.finish());
  expect(new Set(rows.map((row) => row['user_id'])).size).toBe(45_000);
});

test('a column the table does not have, or a value of another type, is a defect', () => {
  expect(() => createBronzeWriter('users').append({ nope: 1 })).toThrow('bronze.users has no column nope');
  expect(() => createBronzeWriter('users').append({ user_id: 1 })).toThrow('bronze column user_id is string, not number');
});
