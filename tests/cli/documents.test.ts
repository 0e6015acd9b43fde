import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { main } from '../../cli/main.ts';

const read = (file: string): string => readFileSync(file, 'utf8');

describe('docs/dependencies.md', () => {
  const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<'dependencies' | 'devDependencies', Record<string, string>>;
  const rows = read('docs/dependencies.md').split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| package'));
  // `@scope/a, /b` stands for @scope/a and @scope/b.
  const named = rows.flatMap((row) => {
    const names = (row.split('|')[1] ?? '').split(',').map((name) => name.trim());
    return names.map((name) => (name.startsWith('/') ? `${names[0]?.split('/')[0] ?? ''}${name}` : name));
  });

  test('names every dependency, and none that is not one', () => {
    expect([...named].sort()).toEqual([...Object.keys(dependencies), ...Object.keys(devDependencies)].sort());
  });

  test('every dependency is pinned', () => {
    for (const version of Object.values({ ...dependencies, ...devDependencies })) expect(version).toMatch(/^(npm:[a-z]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/);
  });
});

describe('README.md', () => {
  const helpOf = async (...words: string[]): Promise<string> => {
    let help = '';
    expect(await main([...words, '--help'], { projectRoot: process.cwd(), environment: {}, stdout: { write: (text) => (help += text) }, stderr: { write: () => true } })).toBe(0);
    return help;
  };
  const commands = [...read('README.md').matchAll(/^npx floe ([a-z]+)(.*)$/gm)];

  test('every floe command it shows exists, with the options it shows', async () => {
    expect(commands.length).toBeGreaterThan(8);
    for (const [, command = '', rest = ''] of commands) {
      const whole = await helpOf(command);
      const word = /^ ([a-z]+) /.exec(rest)?.[1];
      const help = word !== undefined && new RegExp(`^  ${word} `, 'm').test(whole) ? await helpOf(command, word) : whole;
      for (const [option] of rest.matchAll(/--[a-z-]+/g)) expect(help).toContain(option);
    }
  });

  test('the files it links to exist', () => {
    for (const [, target = ''] of read('README.md').matchAll(/\]\(([^)]+)\)/g)) expect(read(target).length).toBeGreaterThan(0);
  });
});

test('the files that docs/ links to exist', () => {
  const links = readdirSync('docs').flatMap((file) => [...read(path.join('docs', file)).matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => path.join('docs', target)));
  expect(links.length).toBeGreaterThan(20);
  expect(links.filter((target) => !existsSync(target))).toEqual([]);
});

const filesOf = (folder: string, ending: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith(ending)).map((file) => path.join(folder, file));

/** What `pattern` captures in the files, and a row of one of the tables of docs/operate.md does not name. */
const unexplained = (files: readonly string[], pattern: RegExp): { found: readonly string[]; missing: readonly string[] } => {
  const rows = read('docs/operate.md').split('\n').filter((line) => line.startsWith('| '));
  const found = files.flatMap((file) => [...read(file).matchAll(pattern)].map(([, name = '']) => name));
  return { found, missing: found.filter((name) => !rows.some((row) => row.includes(`\`${name}\``))) };
};

test('docs/operate.md says what to do at each alarm, those on a function\'s errors in one row', () => {
  const { found, missing } = unexplained(filesOf('resources', '.yml'), /AlarmName: floe-\$\{sls:stage\}-([\w-]+)/g);
  expect(found.length).toBeGreaterThan(30);
  expect(missing.filter((name) => !name.endsWith('-errors'))).toEqual([]);
  expect(read('docs/operate.md')).toContain('| `…-errors`, one for each function |');
});

test('docs/operate.md says what to do at each error that floe raises', () => {
  const { found, missing } = unexplained(filesOf('src', '.ts'), /class (\w+Error) extends Error/g);
  expect(found.length).toBeGreaterThan(15);
  expect(missing).toEqual([]);
});

test('docs/deploy.md names each parameter of a deployment', () => {
  const [, defaults = ''] = /\n {2}default:\n([^]*?)\n {2}\w/.exec(read('serverless.yml')) ?? [];
  const parameters = [...defaults.matchAll(/^ {4}(\w+):/gm)].map(([, name = '']) => name);
  expect(parameters.length).toBeGreaterThan(10);
  expect(parameters.filter((name) => !read('docs/deploy.md').includes(`\`${name}\``))).toEqual([]);
});
