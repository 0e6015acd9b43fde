import type { CommandContext } from '../command-context.ts';
export const status = async (options: Record<string, unknown>, context: CommandContext): Promise<void> => { context.terminal.print(JSON.stringify(options)); };
