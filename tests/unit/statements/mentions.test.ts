import { readdirSync, readFileSync } from 'node:fs';

/** Where the bracket that opens at `start` closes. */
const closing = (text: string, start: number): number => {
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    if (text[at] === '(') depth += 1;
    if (text[at] === ')' && --depth === 0) return at;
  }
  throw new Error(`no closing bracket: ${text.slice(start, start + 60)}`);
};

/** A statement cut into its WITH queries and what is left. */
const cut = (statement: string): { queries: ReadonlyMap<string, string>; rest: string } => {
  const queries = new Map<string, string>();
  let rest = statement;
  const next = (): RegExpExecArray | null => /(?:\bWITH|,)\s+(\w+)\s+AS\s+\((?=\s*SELECT)/.exec(rest);
  for (let head = next(); head; head = next()) {
    const end = closing(rest, head.index + head[0].length - 1);
    queries.set(head[1] ?? '', rest.slice(head.index + head[0].length, end));
    rest = rest.slice(0, head.index) + rest.slice(end + 1);
  }
  return { queries, rest };
};

/** How often each table is read, every mention of a WITH query being one more reading of what it reads. */
const readings = (statement: string): Map<string, number> => {
  const { queries, rest } = cut(statement.replace(/^\s*--.*$/gm, ''));
  const of = (text: string): Map<string, number> => {
    const sum = new Map<string, number>();
    for (const [, name = ''] of text.matchAll(/(?<!DISTINCT )\b(?:FROM|JOIN)\s+([\w${}.]+)/g)) {
      const inner = queries.get(name);
      for (const [table, count] of inner === undefined ? [[name, 1] as const] : of(inner)) sum.set(table, (sum.get(table) ?? 0) + count);
    }
    return sum;
  };
  return of(rest);
};

/** Trino plans a WITH query anew wherever it is named (https://trino.io/docs/current/sql/select.html#with-clause), and Athena bills what is read. */
const MOST = 6;

describe('a statement of every hour', () => {
  test.each(['silver', 'gold', 'plan'].flatMap((folder) => readdirSync(`sql/${folder}`).map((file) => `sql/${folder}/${file}`)))('%s reads no table more than six times', (file) => {
    const counted = readings(readFileSync(file, 'utf8'));
    expect([...counted].filter(([, count]) => count > MOST)).toEqual([]);
  });

  test('is counted by what its WITH queries read', () => {
    const statement = 'WITH a AS (\nSELECT 1 FROM t\n), b AS (\nSELECT 1 FROM a JOIN a AS x ON true\n)\nSELECT 1 FROM b JOIN (SELECT 1 FROM b) ON true JOIN u ON true';
    expect([...readings(statement)]).toEqual([['t', 4], ['u', 1]]);
  });
});
