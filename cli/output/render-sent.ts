import type { SentBatch } from '../publish/send.ts';
import { formatBytes, formatCount, plural } from './format.ts';

/** One line per source that was sent something. */
export const describeSent = ({ events, users, files }: SentBatch): string[] => [
  ...(events === undefined ? [] : [`${plural(events.published, 'event')} to the stream`]),
  ...(files === undefined ? [] : [`${plural(files.length, 'file')} to the SFTP server (${files.join(', ')})`]),
  ...(users === undefined ? [] : [`${plural(users.written, 'user')} to the database${users.unchanged > 0 ? ` (${formatCount(users.unchanged)} already there)` : ''}`]),
];

const shown = 3;

/** One line per kind of record that could not be sent, with where it stands. */
export const problemsOf = ({ events, users, failures }: SentBatch): string[] => {
  const rejected = events?.rejected ?? [];
  const refused = users?.refused ?? [];
  const more = (count: number): string => (count > shown ? ` and ${formatCount(count - shown)} more` : '');
  return [
    ...failures,
    ...(rejected.length === 0 ? [] : [`too large for the stream (1 MiB a record), not sent: ${rejected.slice(0, shown).map(({ file, line, size }) => `${file} line ${line} (${formatBytes(size)})`).join(', ')}${more(rejected.length)}`]),
    ...(refused.length === 0 ? [] : [`refused by the database: ${refused.slice(0, shown).map(({ file, line, reason }) => `${file} line ${line} (${reason})`).join(', ')}${more(refused.length)}`]),
  ];
};
