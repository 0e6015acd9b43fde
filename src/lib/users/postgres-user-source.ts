import { Signer } from '@aws-sdk/rds-signer';
import { Client } from 'pg';
import type { ClientConfig } from 'pg';
import type { AwsConfig, Environment } from '../aws/index.ts';
import { UserSourceError } from './user-source.ts';
import type { UserRecord, UserSource } from './user-source.ts';

export interface DatabaseLogin {
  host: string;
  port: number;
  user: string;
  database: string;
  /** Absent: the function signs in with its own credentials, by a token that stands for the password, and TLS is required. */
  password?: string;
}

const CONNECT_TIMEOUT_MILLIS = 15_000;
const STATEMENT_TIMEOUT_MILLIS = 120_000;
/** The relation read where nothing else is configured: the view of sql/oltp, which has the contract's names and hides the rest. */
export const DEFAULT_RELATION = 'lake_users';
const BRONZE_TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/;
const IDENTIFIER = /^[a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)?$/;

/**
 * The login by DATABASE_HOST, DATABASE_PORT, DATABASE_NAME, DATABASE_USER and, for a server without IAM, DATABASE_PASSWORD.
 * @throws UserSourceError where one is missing
 */
export const databaseLoginOf = (environment: Environment): DatabaseLogin => {
  const port = Number(configured(environment, 'DATABASE_PORT'));
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new UserSourceError(`DATABASE_PORT is not a port: ${configured(environment, 'DATABASE_PORT')}`);
  const login = { host: configured(environment, 'DATABASE_HOST'), port, user: configured(environment, 'DATABASE_USER'), database: configured(environment, 'DATABASE_NAME') };
  const password = environment['DATABASE_PASSWORD'];
  return password === undefined || password === '' ? login : { ...login, password };
};

const configured = (environment: Environment, name: string): string => {
  const value = environment[name];
  if (value === undefined || value === '') throw new UserSourceError(`no database is configured: ${name} is not set`);
  return value;
};

/** https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html */
const clientConfigOf = async (login: DatabaseLogin, aws: AwsConfig): Promise<ClientConfig> => {
  const { host, port, user, database, password } = login;
  const common = { host, port, user, database, application_name: 'floe', connectionTimeoutMillis: CONNECT_TIMEOUT_MILLIS, statement_timeout: STATEMENT_TIMEOUT_MILLIS };
  if (password !== undefined) return { ...common, password };
  const signer = new Signer({ hostname: host, port, username: user, region: aws.region, ...(aws.credentials ? { credentials: aws.credentials } : {}) });
  return { ...common, password: await signer.getAuthToken(), ssl: { rejectUnauthorized: true } };
};

const messageOf = (error: unknown): string => {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join(', ');
  return error instanceof Error ? error.message : String(error);
};

/**
 * Works for timestamptz, and for timestamp, which then counts as UTC: bronze's text with all six digits. What that cannot tell
 * (infinity, years before 1 and after 9999, of which to_char makes nothing or another time) is PostgreSQL's own text.
 */
const asText = (expression: string): string =>
  `CASE WHEN ${expression} >= '0001-01-01' AND ${expression} < '10000-01-01' THEN to_char(${expression} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') ELSE ${expression}::text END`;

/** The text of a time as a parameter; PostgreSQL's own has its zone already. */
const asParameter = (time: string): string => (BRONZE_TIME.test(time) ? `${time}+00` : time);

/** A page ends before this many bytes of text, so that rows of any size do not fill the memory; one row is a page at least. */
const PAGE_BYTES = 16 << 20;

const pageStatement = (relation: string, withKey: boolean): string => `
  SELECT user_id, signup_date, device_type, country, updated_at, changed_at
  FROM (
    SELECT page.*, sum(bytes) OVER (ORDER BY changed_key, user_key ROWS UNBOUNDED PRECEDING) - bytes AS bytes_before
    FROM (
      SELECT user_id::text AS user_id, ${asText('signup_date')} AS signup_date, device_type::text AS device_type, country::text AS country,
             ${asText('updated_at')} AS updated_at, ${asText('changed_at')} AS changed_at,
             octet_length(concat(user_id, device_type, country)) AS bytes, changed_at AS changed_key, user_id AS user_key
      FROM ${relation}
      WHERE changed_at < $1${withKey ? ' AND (changed_at, user_id) > ($3, $4)' : ''}
      ORDER BY ${relation}.changed_at, ${relation}.user_id
      LIMIT $2
    ) AS page
  ) AS measured
  WHERE bytes_before < ${PAGE_BYTES}
  ORDER BY changed_key, user_key`;

/**
 * Connects to PostgreSQL. `relation`: a table or view with the columns user_id, signup_date, device_type, country, updated_at, changed_at
 * (the last two may be one and the same); lower-case, with or without its schema.
 * Throws {@link UserSourceError} with one clear line where it cannot be reached or read.
 */
export const connectPostgres = async (login: DatabaseLogin, aws: AwsConfig, relation: string = DEFAULT_RELATION): Promise<UserSource> => {
  if (!IDENTIFIER.test(relation)) throw new UserSourceError(`not a table name: ${relation}`);
  const where = `${login.user}@${login.host}:${login.port}/${login.database}`;
  const client = new Client(await clientConfigOf(login, aws));
  // A connection lost between two queries fails the next query; without a listener it would end the process.
  client.on('error', () => undefined);
  const query = async <Row extends Record<string, unknown>>(text: string, values: unknown[] = []): Promise<Row[]> => {
    try {
      return (await client.query<Row>(text, values)).rows;
    } catch (cause) {
      throw new UserSourceError(`cannot read ${relation} of the database ${where}: ${messageOf(cause)}`, { cause });
    }
  };
  try {
    await client.connect();
  } catch (cause) {
    throw new UserSourceError(`cannot reach the database ${where}: ${messageOf(cause)}`, { cause });
  }
  await query("SET TIME ZONE 'UTC'");
  return {
    async readableUntil(safetyLagSeconds) {
      const [row] = await query<{ until: string }>(`SELECT ${asText('(clock_timestamp() - make_interval(secs => $1))')} AS until`, [safetyLagSeconds]);
      if (!row) throw new UserSourceError(`the database ${where} told no time`);
      return row.until;
    },
    page: (after, until, limit) => query<UserRecord>(pageStatement(relation, after !== undefined), after ? [asParameter(until), limit, asParameter(after.changedAt), after.userId] : [asParameter(until), limit]),
    async close() {
      await client.end();
    },
  };
};
