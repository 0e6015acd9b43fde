import { BIGINT, VARCHAR } from '@duckdb/node-api';
import type { DuckDBScalarFunction } from '@duckdb/node-api';
import { invalidArgument, rowFunction, textOf } from './define.ts';

/** RFC 2396 as java.net.URI reads it, which Trino's functions use: what does not fit gives NULL. */
const URI = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s;
const ILLEGAL = /[\s"<>\\^`{|}]|%(?![0-9A-Fa-f]{2})/;
const AUTHORITY = /^(?:[^@]*@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]*)(?::(\d*))?$/;

interface UriParts {
  scheme: string;
  host: string;
  port: string | undefined;
  path: string;
  query: string | undefined;
  fragment: string;
}

const readUri = (text: string): UriParts | undefined => {
  if (ILLEGAL.test(text)) return undefined;
  const [, scheme = '', authority, path = '', query, fragment = ''] = URI.exec(text) ?? [];
  const [, host = '', port] = AUTHORITY.exec(authority ?? '') ?? [];
  return {
    scheme,
    host,
    port: port === '' ? undefined : port,
    // What is neither after a slash nor without a scheme is opaque: mailto:a@b
    path: scheme !== '' && authority === undefined && !path.startsWith('/') ? '' : unescaped(path),
    query,
    fragment: unescaped(fragment),
  };
};

/** Bytes that are no UTF-8 become U+FFFD, as in Java. */
const unescaped = (text: string): string => text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'));

const formDecoded = (text: string): string => {
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) throw invalidArgument('URLDecoder: Illegal hex characters in escape (%) pattern');
  return unescaped(text.replaceAll('+', ' '));
};

/** application/x-www-form-urlencoded, as java.net.URLEncoder writes it. */
const formEncoded = (text: string): string => Array.from(Buffer.from(text), (byte) => (/[A-Za-z0-9.*_-]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : byte === 32 ? '+' : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)).join('');

/** The first value of a parameter, decoded; '' where it has none. */
const parameterOf = (query: string | undefined, name: string): string | null => {
  for (const pair of query?.split('&') ?? []) {
    const [key = '', ...value] = pair.split('=');
    if (unescaped(key) === name) return unescaped(value.join('=').replaceAll('+', ' '));
  }
  return null;
};

const part = (name: string, of: (uri: UriParts) => string): DuckDBScalarFunction =>
  rowFunction(`t_js_url_${name}`, [VARCHAR], VARCHAR, (text) => {
    const uri = readUri(textOf(text));
    return uri ? of(uri) : null;
  });

/** https://trino.io/docs/current/functions/url.html */
export const URL_ROW_FUNCTIONS = (): DuckDBScalarFunction[] => [
  part('protocol', (uri) => uri.scheme),
  part('host', (uri) => uri.host),
  part('path', (uri) => uri.path),
  part('query', (uri) => (uri.query === undefined ? '' : unescaped(uri.query))),
  part('fragment', (uri) => uri.fragment),
  rowFunction('t_js_url_port', [VARCHAR], BIGINT, (text) => {
    const port = readUri(textOf(text))?.port;
    return port === undefined ? null : BigInt(port);
  }),
  rowFunction('t_js_url_parameter', [VARCHAR, VARCHAR], VARCHAR, (text, name) => parameterOf(readUri(textOf(text))?.query, textOf(name))),
  rowFunction('t_js_url_encode', [VARCHAR], VARCHAR, (text) => formEncoded(textOf(text))),
  rowFunction('t_js_url_decode', [VARCHAR], VARCHAR, (text) => formDecoded(textOf(text))),
];
