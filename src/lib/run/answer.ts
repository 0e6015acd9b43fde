/**
 * The most bytes a function of a run answers with: the summary stands in a state's output and, as text in a text, in the message beside it,
 * and a state holds 256 KiB: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html. What is over cannot be caught.
 */
export const MAX_ANSWER_BYTES = 80 * 1024;

/** A summary with, where its lists had to be cut, how many items of each are left out. */
export type Answer<T> = T & { omitted?: Readonly<Record<string, number>> };

/** The summary with its longest lists cut at their end until it fits; a commit's record under state/commits/ has the whole. */
export const answerOf = <T extends object>(summary: T, most = MAX_ANSWER_BYTES): Answer<T> => {
  const omitted: Record<string, number> = {};
  const kept: Record<string, unknown> = Object.fromEntries(Object.entries(summary));
  while (bytesOf({ ...kept, omitted }) > most) {
    const [longest] = Object.entries(kept).filter(isLongList).sort(([, one], [, other]) => bytesOf(other) - bytesOf(one));
    if (longest === undefined) break;
    const [name, list] = longest;
    kept[name] = list.slice(0, Math.floor(list.length / 2));
    omitted[name] = (omitted[name] ?? 0) + Math.ceil(list.length / 2);
  }
  return Object.keys(omitted).length === 0 ? summary : { ...(kept as T), omitted };
};

const isLongList = (entry: [string, unknown]): entry is [string, unknown[]] => Array.isArray(entry[1]) && entry[1].length > 0;

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
