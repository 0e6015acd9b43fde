export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** `body` with `name` standing for a value that is computed once: nested texts would grow with the power of their depth. */
export const bound = (value: string, name: string, body: string): string => `list_transform([${value}], ${name} -> ${body})[1]`;
