import { AthenaFailure, openAthena } from '../../localcloud/athena/index.ts';
import { FileObjectStore } from '../../localcloud/s3/index.ts';
import { CliError, reasonOf } from '../cli-error.ts';
import type { LakeReader } from '../reports/lake-reader.ts';
import { localRegion, localStage, namesOf } from '../pipeline/names.ts';

/** The lake of a cloud that is not running: Athena itself, without its API, on the cloud's directory. */
export const openStoppedLake = (dataDir: string): LakeReader => {
  const athena = openAthena({ dataDir, store: new FileObjectStore({ dataDir }) });
  const { workgroup } = namesOf(localStage, localRegion);
  return {
    async ask(sql, database = 'gold') {
      try {
        const { columns, rows, statistics } = await athena.execute(sql, { database, workGroup: workgroup });
        return { columns, rows, bytesScanned: Number(statistics.dataScannedBytes) };
      } catch (error) {
        if (error instanceof AthenaFailure) throw new CliError(reasonOf(error), { cause: error });
        throw error;
      }
    },
    close: () => athena.close(),
  };
};
