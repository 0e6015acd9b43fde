/** What a command ends with: 0 done, 1 the work failed, 2 the command line or its configuration is wrong. */
export const exitCodes = { ok: 0, failed: 1, usage: 2 } as const;

/**
 * An end of a command that its user can understand and mend. The message is one line, without "floe:" before it; it is
 * all the user sees, so it names the file, the option or the table concerned.
 */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: number;

  constructor(message: string, options: { exitCode?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.exitCode = options.exitCode ?? exitCodes.failed;
  }
}

/** A wrong command line or configuration: exit code 2. */
export const usageError = (message: string): CliError => new CliError(message, { exitCode: exitCodes.usage });

const systemReasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EISDIR: 'is a directory',
  ENOTDIR: 'not a directory',
  ENOSPC: 'no space left on the device',
  EEXIST: 'exists already',
  EROFS: 'is on a read-only file system',
  EMFILE: 'too many open files',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection lost',
  ENOTFOUND: 'no such host',
  ETIMEDOUT: 'no answer in time',
};

/** The plain words for an error of the operating system (`no such file or directory`), or its own message. */
export const reasonOf = (error: unknown): string => {
  const code = (error as { code?: unknown } | null)?.code;
  const known = typeof code === 'string' ? systemReasons[code] : undefined;
  if (known !== undefined) return known;
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n', 1)[0] ?? message;
};

/** Files and disks: whoever runs the command can mend them, wherever the error arose. */
const ofFiles = ['EACCES', 'EPERM', 'ENOSPC', 'EROFS', 'EMFILE'];
/** A source out of reach is reported where it is called; what is left is the cloud, of another process. */
const ofConnections = ['ECONNREFUSED', 'ECONNRESET'];

/** An error of the operating system that names what its user can mend; undefined for any other. */
export const fromSystem = (error: unknown): CliError | undefined => {
  const { code, path } = (error ?? {}) as { code?: unknown; path?: unknown };
  if (typeof code !== 'string') return undefined;
  if (ofFiles.includes(code)) return new CliError(typeof path === 'string' ? `cannot use ${path}: ${reasonOf(error)}` : reasonOf(error), { cause: error });
  if (ofConnections.includes(code)) return new CliError(`the cloud does not answer any more (${reasonOf(error)}); it may have been stopped`, { cause: error });
  return undefined;
};
