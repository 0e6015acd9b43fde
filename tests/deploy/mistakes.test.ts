import { Random } from '../../cli/generate/random.ts';
import { randomRuns } from '../support/random-runs.ts';
import { mistakesInPolicies } from './mistakes/in-policies.ts';
import { mistakesInStatement } from './mistakes/in-statements.ts';
import { mistakesInTemplate } from './mistakes/in-template.ts';
import { mistakesInWorkflows } from './mistakes/in-workflows.ts';
import { judgedStatement, renderForLake } from './mistakes/judge-statements.ts';
import { judged, missedIn, type Verdict } from './mistakes/score.ts';
import { deploymentOf, statements, templateOf } from './support/deployment.ts';
import { openEmptyLake } from './support/empty-lake.ts';

/** A few of a list, the same ones for the same seed; all of them are made by mistakes.long.ts. */
const someOf = <T>(title: string, list: readonly T[], runs: number): T[] => {
  const { seed, numRuns } = randomRuns(title, runs);
  const random = new Random(seed, title);
  return Array.from({ length: numRuns }, () => random.pick(list));
};

test('as they are, Athena takes every statement: names, types, functions, its restrictions', async () => {
  const lake = await openEmptyLake(templateOf('dev'), statements);
  const render = await renderForLake(lake, statements);
  const refused: string[] = [];
  for (const [name, text] of statements) {
    if (/^(tables|views)\//.test(name)) continue; // the empty lake is made of them
    const refusal = await lake.refusalOf(render(name, text));
    if (refusal !== undefined) refused.push(`${name}: ${refusal}`);
  }
  await lake.close();
  expect(refused).toEqual([]);
});

describe('of the mistakes that can be made anywhere', () => {
  const deployment = deploymentOf(templateOf('dev', { databaseHost: 'db.example' }));

  test.each([
    ['the template', mistakesInTemplate, 60],
    ['policies', mistakesInPolicies, 15],
    ['workflows', mistakesInWorkflows, 3],
  ] as const)('none in %s is missed that AWS would refuse', (where, mistakesIn, runs) => {
    expect(missedIn(someOf(`mistakes in ${where}`, mistakesIn(deployment.template), runs).map((mistake) => judged(deployment, mistake)))).toEqual([]);
  });

  test('none in a statement is missed that Athena would refuse', async () => {
    const names = someOf('statements', [...statements.keys()].filter((name) => !name.startsWith('tables/')), 3);
    const chosen = new Map([...statements].filter(([name]) => /^(tables|views)\//.test(name) || names.includes(name)));
    const lake = await openEmptyLake(deployment.template, chosen);
    const render = await renderForLake(lake, chosen);
    const verdicts: Verdict[] = [];
    for (const mistake of someOf('mistakes in statements', names.flatMap((name) => mistakesInStatement(name, statements.get(name) ?? '')), 15)) verdicts.push(await judgedStatement(lake, chosen, render, mistake));
    await lake.close();
    expect(missedIn(verdicts)).toEqual([]);
  });
});
