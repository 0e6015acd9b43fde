import type { CommandContext } from '../command-context.ts';
export const query = async (what: string, options: Record<string, unknown>, context: CommandContext): Promise<void> => { context.terminal.print(what + JSON.stringify(options)); };
