/** Where the command prints and what it runs in; tests give their own. */
export interface CommandContext {
  print(text: string): void;
  printError(text: string): void;
  workingDirectory: string;
  environment: Readonly<Record<string, string | undefined>>;
  /** Aborted at Ctrl-C and SIGTERM. */
  signal: AbortSignal;
}
