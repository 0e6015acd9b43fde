import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openAthena } from '../../../localcloud/athena/index.ts';
import type { Template } from '../../../localcloud/cloudformation/index.ts';
import { CatalogStore } from '../../../localcloud/glue/index.ts';
import type { GlueTableInput } from '../../../localcloud/glue/index.ts';
import { FileObjectStore } from '../../../localcloud/s3/index.ts';
import { lakeParameters } from '../../../src/lib/lake/index.ts';
import type { Parameters } from '../../../src/lib/statements/index.ts';
import { renderStatement } from '../../../src/lib/statements/index.ts';
import { propertiesOf } from '../checks/resources.ts';

const BUCKET = 'floe-lake';

/** The embedded Athena on the tables of a deployment, without a row, an API or a server. */
export interface EmptyLake {
  /** Why Athena refuses a statement; undefined: it takes it. */
  refusalOf: (sql: string) => Promise<string | undefined>;
  /** What every statement may name. */
  parameters: Parameters;
  close: () => Promise<void>;
}

/**
 * @param template whose databases are there, and the tables that are files' (without a prefix)
 * @param statements texts of sql/ by name: those of tables/ and views/ are carried out
 */
export const openEmptyLake = async (template: Template, statements: ReadonlyMap<string, string>): Promise<EmptyLake> => {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'empty-lake-'));
  const store = new FileObjectStore({ dataDir });
  store.createBucket(BUCKET);
  const catalog = new CatalogStore(path.join(dataDir, 'glue'), () => new Date());
  for (const name of ['bronze', 'silver', 'gold', 'state']) catalog.createDatabase({ Name: name });
  for (const [, { DatabaseName, TableInput }] of propertiesOf(template, 'AWS::Glue::Table')) catalog.createTable(databaseOf(template, DatabaseName), JSON.parse(located(JSON.stringify(TableInput))) as GlueTableInput);
  const athena = openAthena({ dataDir, store });
  const parameters: Parameters = { ...lakeParameters({ lakeBucket: BUCKET, databasePrefix: '' }), horizon_days: { kind: 'integer', value: '30' } };
  const refusalOf = async (sql: string): Promise<string | undefined> => {
    try {
      await athena.execute(sql);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  };
  for (const folder of ['tables/', 'views/']) {
    for (const [name, text] of statements) {
      const refusal = name.startsWith(folder) ? await refusalOf(renderStatement(name, text, parameters)) : undefined;
      if (refusal !== undefined) throw new Error(`${name}: ${refusal}`);
    }
  }
  return {
    refusalOf,
    parameters,
    close: async () => {
      await athena.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
};

const databaseOf = (template: Template, reference: unknown): string => {
  const { Ref: id = '' } = reference as { Ref?: string };
  return (template.Resources[id]?.Properties?.['DatabaseInput'] as { Name: string } | undefined)?.Name ?? '';
};

/** Every bucket is the one of this lake. */
const located = (json: string): string => json.replace(/\{"Fn::Sub":"s3:\/\/\$\{\w+\}([^"]*)"\}/g, `"s3://${BUCKET}$1"`);
