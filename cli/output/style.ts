type Paint = (text: string) => string;

/** Colours and weights for text; each is the identity where colours are off. */
export interface Style {
  bold: Paint;
  dim: Paint;
  green: Paint;
  yellow: Paint;
  red: Paint;
  cyan: Paint;
}

const sequence = (on: number, off: number) => (text: string): string => `\u001b[${on}m${text}\u001b[${off}m`;
const plain = (text: string): string => text;

const coloured: Style = { bold: sequence(1, 22), dim: sequence(2, 22), green: sequence(32, 39), yellow: sequence(33, 39), red: sequence(31, 39), cyan: sequence(36, 39) };
export const plainStyle: Style = { bold: plain, dim: plain, green: plain, yellow: plain, red: plain, cyan: plain };

/** Colours on a terminal only, and never with NO_COLOR (https://no-color.org). */
export const styleFor = (isTerminal: boolean, environment: Readonly<Record<string, string | undefined>>): Style => {
  const refused = (environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb';
  return isTerminal && !refused ? coloured : plainStyle;
};
