import { mistakesInPolicies } from './mistakes/in-policies.ts';
import { mistakesInStatement } from './mistakes/in-statements.ts';
import { mistakesInTemplate } from './mistakes/in-template.ts';
import { mistakesInWorkflows } from './mistakes/in-workflows.ts';
import { judgedStatement, renderForLake } from './mistakes/judge-statements.ts';
import { judged, missedIn, scoreOf, type Verdict } from './mistakes/score.ts';
import { deploymentOf, statements, templateOf } from './support/deployment.ts';
import { openEmptyLake } from './support/empty-lake.ts';

const tell = (where: string, verdicts: readonly Verdict[]): void => void process.stdout.write(`${where}: ${scoreOf(verdicts)}\n`);

/** The shop's own network and Slack, so that every resource there can be is in one of the two. */
const STAGES: readonly (readonly [string, Record<string, string>])[] = [
  ['dev', { databaseHost: 'db.example' }],
  ['prod', { databaseHost: 'db.example', slackSecret: 'slack', alarmEmail: 'data@example.com' }],
];

describe.each(STAGES)('every mistake that can be made in %s', (stage, params) => {
  const deployment = deploymentOf(templateOf(stage, params));

  test.each([
    ['the template', mistakesInTemplate],
    ['policies', mistakesInPolicies],
    ['workflows', mistakesInWorkflows],
  ] as const)('in %s is found, if AWS would refuse it', (where, mistakesIn) => {
    const verdicts = mistakesIn(deployment.template).map((mistake) => judged(deployment, mistake));
    tell(`${stage}, ${where}`, verdicts);
    expect(missedIn(verdicts)).toEqual([]);
  });
});

test('every mistake that can be made in a statement is found, if Athena would refuse it', async () => {
  const lake = await openEmptyLake(templateOf('dev'), statements);
  const render = await renderForLake(lake, statements);
  const verdicts: Verdict[] = [];
  for (const [name, text] of statements) for (const mistake of mistakesInStatement(name, text)) verdicts.push(await judgedStatement(lake, statements, render, mistake));
  await lake.close();
  tell('statements', verdicts);
  expect(missedIn(verdicts)).toEqual([]);
});
