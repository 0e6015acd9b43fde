import { constants } from 'node:os';

const signals = ['SIGINT', 'SIGTERM'] as const;

/**
 * Runs work that ends in order at the first Ctrl-C or SIGTERM (its signal is aborted) and at once at the second.
 * @returns the work's exit code, or 128 + the signal's number where the work was cut short by it. Work whose end it is
 * to be stopped so (`floe up`) is done: 0.
 */
export const withSignals = async (work: (signal: AbortSignal) => Promise<number>): Promise<number> => {
  const controller = new AbortController();
  let received: (typeof signals)[number] | undefined;
  const listen = (name: (typeof signals)[number]): void => {
    if (received !== undefined) process.exit(128 + constants.signals[name]);
    received = name;
    controller.abort();
  };
  for (const name of signals) process.on(name, listen);
  try {
    const code = await work(controller.signal);
    return received === undefined || code === 0 ? code : 128 + constants.signals[received];
  } finally {
    for (const name of signals) process.removeListener(name, listen);
  }
};

/** Resolves when the signal is aborted; keeps the process alive until then. */
export const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const alive = setInterval(() => undefined, 1 << 30);
    signal.addEventListener('abort', () => {
      clearInterval(alive);
      resolve();
    }, { once: true });
  });
