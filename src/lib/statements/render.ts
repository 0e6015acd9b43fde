import { printParameter, type Parameters } from './parameter.ts';

/** The most bytes a rendered statement may have: half of Athena's limit of 262,144, so that Step Functions' 256 KiB hold it with its wrapping. */
export const MAX_STATEMENT_BYTES = 128 * 1024;

/** A statement and its parameters that do not fit each other. */
export class StatementError extends Error {
  override readonly name = 'StatementError';
}

/** `--` comments go: Athena refuses some statements that begin with one, and they are for the reader of the file. */
const withoutComments = (text: string): string => text.replace(/^\s*--.*\n?/gm, '').trim();

/**
 * The text that is sent to Athena.
 * @param name the statement's file below sql/ without `.sql`, for messages: `silver/merge_events`
 * @param text the file's text, with `${placeholder}`s
 * @param parameters one for every placeholder; those the statement does not use are left aside
 * @throws StatementError for a placeholder without a parameter or a text that became too long, ParameterError for a wrong value
 */
export const renderStatement = (name: string, text: string, parameters: Parameters): string => {
  const rendered = withoutComments(text).replace(/\$\{([^}]*)\}/g, (_match, placeholder: string) => {
    const parameter = Object.hasOwn(parameters, placeholder) ? parameters[placeholder] : undefined;
    if (!parameter) throw new StatementError(`${name}: no parameter for \${${placeholder}}`);
    return printParameter(parameter);
  });
  const bytes = Buffer.byteLength(rendered);
  if (bytes > MAX_STATEMENT_BYTES) throw new StatementError(`${name}: ${bytes} bytes rendered, at most ${MAX_STATEMENT_BYTES} are allowed`);
  return rendered;
};
