import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Interface } from 'node:readline';

/** A process that answers each line of its stdin with one line, JSON both. */
export class LineProcess {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly lines: Interface;
  private readonly answers: AsyncIterator<string>;
  private errors = '';

  constructor(command: string, args: readonly string[], cwd = process.cwd()) {
    this.child = spawn(command, args, { stdio: 'pipe', cwd });
    this.child.stderr.on('data', (chunk: Buffer) => (this.errors += chunk.toString()));
    this.lines = createInterface({ input: this.child.stdout });
    this.answers = this.lines[Symbol.asyncIterator]();
  }

  /** @throws Error with what the process printed to stderr where it ended instead */
  async ask(request: unknown): Promise<unknown> {
    this.child.stdin.write(`${JSON.stringify(request)}\n`);
    const answer = await this.answers.next();
    if (answer.done === true) throw new Error(`the reader ended: ${this.errors}`);
    return JSON.parse(answer.value);
  }

  async close(): Promise<void> {
    const ended = this.child.exitCode === null ? new Promise((resolve) => this.child.once('close', resolve)) : undefined;
    this.child.stdin.end();
    await ended;
    this.lines.close();
  }
}
