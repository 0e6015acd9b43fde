import { createServer } from 'node:net';
import { CliError } from '../cli-error.ts';

/** The port emulators of AWS are usually found on. */
export const usualPort = 4566;

/**
 * The port to start on: the one asked for, else the usual one, else (0) any free one.
 * @throws CliError where the one asked for is taken.
 */
export const choosePort = async (asked: number | undefined): Promise<number> => {
  if (asked === undefined) return (await isFree(usualPort)) ? usualPort : 0;
  if (asked !== 0 && !(await isFree(asked))) throw new CliError(`port ${asked} is taken; name another with --port, or 0 for a free one`);
  return asked;
};

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' || error.code === 'EACCES' ? resolve(false) : reject(error)));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
