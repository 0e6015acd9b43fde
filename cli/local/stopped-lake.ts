import { AthenaFailure, openAthena } from '../../localcloud/athena/index.ts';
import { FileObjectStore } from '../../localcloud/s3/index.ts';
import { CliError, reasonOf } from '../cli-error.ts';
import type { LakeReader } from '../reports/lake-reader.ts';
import { databaseNames } from '../../src/lib/lake/index.ts';
import { localStage } from './names.ts';

/** The lake of a cloud that is not running: Athena itself, without its API, on the cloud's directory. */
export const openStoppedLake = (dataDir: string): LakeReader & { close(): Promise<void> } => {
  const athena = openAthena({ dataDir, store: new FileObjectStore({ dataDir }) });
  const databases = databaseNames('');
  return {
    databases,
    async ask(sql, database = databases.gold) {
      try {
        const { columns, rows, statistics } = await athena.execute(sql, { database, workGroup: `floe-${localStage}` });
        return { columns, rows, bytesScanned: Number(statistics.dataScannedBytes) };
      } catch (error) {
        if (error instanceof AthenaFailure) throw new CliError(reasonOf(error), { cause: error });
        throw error;
      }
    },
    close: () => athena.close(),
  };
};
