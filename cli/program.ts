import { Command, Option } from 'commander';
import type { CommandContext } from './command-context.ts';
import type { BackfillCommandOptions } from './commands/backfill.ts';
import type { CostOptions } from './commands/cost.ts';
import type { DailyOptions } from './commands/daily.ts';
import type { DemoOptions } from './commands/demo.ts';
import type { GenerateCommandOptions } from './commands/generate.ts';
import type { PublishOptions } from './commands/publish.ts';
import type { DecideOptions } from './commands/quarantine/decide.ts';
import type { ListOptions } from './commands/quarantine/list.ts';
import type { ShowOptions } from './commands/quarantine/show.ts';
import type { QueryOptions } from './commands/query.ts';
import type { RedriveOptions } from './commands/redrive.ts';
import type { ReplayOptions } from './commands/replay.ts';
import type { RetainOptions } from './commands/retain.ts';
import type { RollbackOptions } from './commands/rollback.ts';
import type { RunOptions } from './commands/run.ts';
import type { SnapshotsOptions } from './commands/snapshots.ts';
import type { StatusOptions } from './commands/status.ts';
import type { UpOptions } from './commands/up.ts';
import { calendarDate, minutes, recordHashes, share, utcTime, wholeNumber } from './option-values.ts';
import type { OutputStream } from './output/terminal.ts';

/** What `floe run --accept` can release. Written out here, for `--help` to load nothing; a test compares it with the runs' own lists. */
const gateRules = ['invalid_share', 'duplicate_share', 'null_user_share', 'unknown_fields_share', 'unread_objects', 'touched_dates', 'unreadable_object', 'failed_run', 'audit'];
const gateSources = ['events', 'transactions', 'users'];

/** Of a quarantined record. */
const sourceSystems = ['app', 'shop', 'transactions', 'users'];
const quarantineStatuses = ['open', 'replayed', 'discarded'];

const port = wholeNumber(0, 65_535);
const count = wholeNumber(0, 1_000_000_000);
const volume = wholeNumber(0, 1_000_000_000_000);
const seed = wholeNumber(0, Number.MAX_SAFE_INTEGER);

/**
 * The command line: every command with its arguments, options and an example. What a command does is imported when it
 * runs, so that `--help` answers at once.
 */
export const createProgram = (context: CommandContext, stdout: OutputStream, stderr: OutputStream): Command => {
  const program = new Command('floe')
    .description('A serverless lakehouse for a shop\'s events, on AWS or on this machine.')
    .version('0.1.0', '--version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'floe: ')),
    })
    .addHelpText('after', `
Begin with:  floe demo
A command's options and an example:  floe COMMAND --help
Where an error arose:  --debug, with any command
Exit codes:  0 done, 1 failed, 2 wrong use`);
  takeTargetOptions(program);
  const command = commandsOf(program);
  program.commandsGroup('On this machine:');
  addDemo(command, context);
  addUp(command, context);
  addGenerate(command, context);
  program.commandsGroup('Look, here and on a deployment:');
  addReports(command, context);
  addQuery(command, context);
  program.commandsGroup('Bring in, and run now what schedules run:');
  addPublish(command, context);
  addRun(command, context);
  addRedrive(command, context);
  addDaily(command, context);
  program.commandsGroup('Mend:');
  addQuarantine(command, context);
  addRollback(command, context);
  addBackfill(command, context);
  addReplay(command, context);
  program.commandsGroup('Further:');
  addCost(command, context);
  program.helpCommand(...helpCommand);
  return program;
};

type AddCommand = (name: string, description: string, example: string) => Command;

const commandsOf = (parent: Command, defaultName?: string): AddCommand => (name, description, example) =>
  parent
    .command(name, { isDefault: name === defaultName })
    .description(description)
    .addHelpText('after', `\nExample:\n  ${example.split('\n').join('\n  ')}`)
    .addOption(new Option('--debug', 'show where an error arose').hideHelp());

const withInput = (command: Command): Command =>
  command
    .option('--events <file...>', 'app events: .jsonl, .jsonl.gz')
    .option('--shop-events <file...>', 'shop events: .csv, .csv.gz, in the layout of the public REES46 files')
    .option('--transactions <file...>', 'transactions: .csv, .csv.gz')
    .option('--users <file>', 'users: .csv, .csv.gz; without updated_at, signup_date is taken for it');

/** Which pipeline a command is for. */
const targetOptions = [
  ['--stage <name>', 'the deployment of this stage (or FLOE_STAGE), in place of a cloud on this machine'],
  ['--profile <name>', 'the AWS configuration\'s profile to reach it with (default: AWS_PROFILE)'],
  ['--region <name>', 'its region (default: AWS_REGION, or the profile\'s)'],
] as const;

const targetOption = (flags: string, description: string): Option => new Option(flags, description).helpGroup('Which pipeline:');

const forPipeline = (command: Command): Command => {
  command.addOption(targetOption('--data-dir <dir>', 'a cloud on this machine, by its directory (default: the one used last in ./.floe)'));
  for (const [flags, description] of targetOptions) command.addOption(targetOption(flags, description));
  return command;
};

/** They may also stand before the command, where a user who works with one deployment puts them: `floe --stage prod status`. */
const takeTargetOptions = (program: Command): void => {
  for (const [flags, description] of targetOptions) program.addOption(targetOption(flags, description));
  program.hook('preAction', (_program, command) => {
    for (const [name, value] of Object.entries(program.opts())) {
      const known = command.options.some((option) => option.attributeName() === name);
      if (!known) command.error(`error: ${command.name()} knows no option '--${name}'`);
      command.setOptionValueWithSource(name, value, 'cli');
    }
  });
};

const helpCommand = ['help [command]', 'show the help of a command'] as const;
const yes = ['--yes', 'do not ask before a deployment is changed'] as const;
const json = ['--json', 'print the result as JSON'] as const;

const addDemo = (command: AddCommand, context: CommandContext): void => {
  withInput(command('demo', 'bring data through the whole pipeline on this machine and show where it went', 'floe demo\nfloe demo --events events.jsonl.gz --users users.csv --data-dir ./mine --passes 3'))
    .option('--data-dir <dir>', 'keep the cloud in this directory (default: ./.floe/demo, made anew each time)')
    .option('--passes <n>', 'into how many batches given files are cut (default: 1)', wholeNumber(1, 1000))
    .option('--seed <n>', 'seed of the generated data', seed, 1)
    .option('--keep', 'stay up afterwards, until Ctrl-C')
    .option('--port <n>', 'port of the cloud (default: 4566, or a free one where it is taken)', port)
    .option(...json)
    .action(async (options: DemoOptions) => (await import('./commands/demo.ts')).demo(options, context));
};

const addUp = (command: AddCommand, context: CommandContext): void => {
  command('up', 'start the cloud with the pipeline deployed in it, until Ctrl-C', 'floe up --port 4566')
    .option('--port <n>', 'port of the cloud; 0 takes a free one', port, 4566)
    .option('--data-dir <dir>', 'directory of the cloud (default: ./.floe/data)')
    .option(...json)
    .action(async (options: UpOptions) => (await import('./commands/up.ts')).up(options, context));
};

const addGenerate = (command: AddCommand, context: CommandContext): void => {
  command('generate', 'write files of generated data for every source', 'floe generate --out ./data --events 10000 --late-rate 10%\nfloe generate --config generate.yml --gzip')
    .option('--out <dir>', 'where to write', './floe-data')
    .option('--config <file>', 'options from a YAML or JSON file; those of the command line win')
    .option('--users <n>', 'users of the app', count)
    .option('--sessions <n>', 'sessions of the app', count)
    .option('--events <n>', 'different app events', count)
    .option('--shop-events <n>', 'different shop events', count)
    .option('--transactions <n>', 'different transactions', count)
    .option('--late-rate <share>', 'events dated 2 to 48 hours back (default: 5%)', share)
    .option('--duplicate-rate <share>', 'records sent twice (default: 2%)', share)
    .option('--broken-rate <share>', 'records against their contract (default: 1%)', share)
    .option('--changed-user-rate <share>', 'users with a second version, in users-changed.csv (default: 3%)', share)
    .option('--until <time>', 'end of the generated time, UTC (default: now)')
    .option('--span <time>', 'over how long the sessions are spread (default: 45m)', minutes)
    .option('--seed <n>', 'the same seed and --until give the same files (default: 1)', seed)
    .option('--gzip', 'compress the files')
    .option(...json)
    .action(async (options: GenerateCommandOptions) => (await import('./commands/generate.ts')).generate(options, context));
};

const addPublish = (command: AddCommand, context: CommandContext): void => {
  forPipeline(withInput(command('publish', 'send files to the sources of a running cloud: stream, SFTP server, database; to those of a deployment events alone', 'floe publish --events events.jsonl --users users.csv')))
    .option(...yes)
    .option(...json)
    .action(async (options: PublishOptions) => (await import('./commands/publish.ts')).publish(options, context));
};

const addRun = (command: AddCommand, context: CommandContext): void => {
  forPipeline(command('run', 'run the hourly workflow now', 'floe run\nfloe run --accept invalid_share --source events'))
    .addOption(new Option('--accept <rule...>', 'release what these rules hold back (floe status lists it); needs --source').choices(gateRules))
    .addOption(new Option('--source <source>', 'whose objects are released').choices(gateSources))
    .option(...json)
    .action(async (options: RunOptions) => (await import('./commands/run.ts')).run(options, context));
};

const addDaily = (command: AddCommand, context: CommandContext): void => {
  forPipeline(command('sweep', 'run the daily sweep now: settle keys and sessions that lie farther apart than a run looks', 'floe sweep'))
    .option(...json)
    .action(async (options: DailyOptions) => (await import('./commands/daily.ts')).daily('sweep', options, context));
  forPipeline(command('maintain', 'compact the tables\' files and expire old snapshots now, as is done daily', 'floe maintain'))
    .option(...json)
    .action(async (options: DailyOptions) => (await import('./commands/daily.ts')).daily('maintenance', options, context));
  forPipeline(command('retain', 'delete from silver what it has kept long enough, as is done daily; gold keeps what it has', 'floe retain --days 365 --dry-run\nfloe retain --before 2025-01-01'))
    .option('--days <n>', 'what is older goes; at least 90', wholeNumber(90, 100_000))
    .option('--before <date>', 'what is dated before it goes', calendarDate)
    .option('--dry-run', 'only show what would go')
    .option(...yes)
    .option(...json)
    .action(async (options: RetainOptions) => (await import('./commands/retain.ts')).retain(options, context));
};

const addRedrive = (command: AddCommand, context: CommandContext): void => {
  forPipeline(command('redrive', 'send the events that Firehose could not deliver through capture again, as is done hourly', 'floe redrive'))
    .option(...json)
    .action(async (options: RedriveOptions) => (await import('./commands/redrive.ts')).redrive(options, context));
};

const addReplay = (command: AddCommand, context: CommandContext): void => {
  forPipeline(command('replay', 'send the events the stream still holds through capture again', 'floe replay --from 2025-11-07T18:00:00Z --to 2025-11-07T20:00:00Z'))
    .requiredOption('--from <time>', 'events that arrived then or later, UTC', utcTime)
    .option('--to <time>', 'and before then, UTC (default: now)', utcTime)
    .option('--dry-run', 'only count them')
    .option(...yes)
    .option(...json)
    .action(async (options: ReplayOptions) => (await import('./commands/replay.ts')).replay(options, context));
};

const addRollback = (command: AddCommand, context: CommandContext): void => {
  forPipeline(command('rollback', 'go back to what an earlier run committed: all tables, and what has been taken in', 'floe rollback --to 2025-11-07T19:00:00Z --dry-run'))
    .requiredOption('--to <run|time>', 'a committed run by its id (floe status), or the last one at or before a time, UTC')
    .option('--dry-run', 'only show what would change')
    .option(...yes)
    .option(...json)
    .action(async (options: RollbackOptions) => (await import('./commands/rollback.ts')).rollback(options, context));
};

const addBackfill = (command: AddCommand, context: CommandContext): void => {
  forPipeline(command('backfill', 'bring what came in on a range of dates into silver once more, and compute gold of those dates anew', 'floe backfill --from 2025-11-01 --to 2025-11-07 --dry-run'))
    .requiredOption('--from <date>', 'first date, UTC', calendarDate)
    .requiredOption('--to <date>', 'last date, UTC; it is included', calendarDate)
    .option('--dry-run', 'only show the dates, objects, bytes and steps')
    .option(...yes)
    .addOption(new Option('--accept <rule...>', 'take in what these rules hold back; needs --source').choices(gateRules))
    .addOption(new Option('--source <source>', 'of the gate').choices(gateSources))
    .option('--restart', 'begin anew, even where an earlier one of the same dates was interrupted')
    .option(...json)
    .addHelpText('after', `
The dates are those on which records came in (ingestion_date of bronze), whenever their events happened, and those of
the events themselves: every session with an event on one of them, or with a record that came in on one of them, is
computed whole. Rows that are as they should be are not written. Each step is a run of its own: a backfill may be
interrupted, and the same command goes on; hourly runs may come between.`)
    .action(async (options: BackfillCommandOptions) => (await import('./commands/backfill.ts')).backfill(options, context));
};

const addQuery = (command: AddCommand, context: CommandContext): void => {
  forPipeline(command('query', 'ask Athena, of a running cloud or of a stopped one\'s directory', 'floe query "SELECT country, count(*) FROM gold.user_session_analysis GROUP BY 1 ORDER BY 2 DESC"'))
    .argument('<sql>', 'one statement of Athena SQL; - reads it from standard input')
    .option('--database <name>', 'database of tables named without one, by its name or its layer', 'gold')
    .addOption(new Option('--format <format>', 'how rows are printed').choices(['table', 'csv', 'json']).default('table'))
    .option('--json', 'the same as --format json')
    .action(async (sql: string, options: QueryOptions) => (await import('./commands/query.ts')).query(sql, options, context));
};

const addReports = (command: AddCommand, context: CommandContext): void => {
  forPipeline(command('status', 'show how far each source has come, what is held back, and the last runs', 'floe status'))
    .option(...json)
    .action(async (options: StatusOptions) => (await import('./commands/status.ts')).status(options, context));
  forPipeline(command('snapshots', 'list the snapshots of an Iceberg table', 'floe snapshots gold.user_session_analysis'))
    .argument('<table>', 'database.table; gold where no database is named')
    .option(...json)
    .action(async (table: string, options: SnapshotsOptions) => (await import('./commands/snapshots.ts')).snapshots(table, options, context));
};

const addCost = (command: AddCommand, context: CommandContext): void => {
  command('cost', 'show what a month on AWS costs, by list prices', 'floe cost --events-per-day 250000 --transactions-per-day 50000')
    .requiredOption('--events-per-day <n>', 'app and shop events', volume)
    .requiredOption('--transactions-per-day <n>', 'rows of transaction files', volume)
    .option('--users-per-day <n>', 'users that change', volume, 2_000)
    .option('--bytes-per-event <n>', 'size of an event on the stream', wholeNumber(1, 1_048_576), 500)
    .option(...json)
    .action(async (options: CostOptions) => (await import('./commands/cost.ts')).cost(options, context));
};

const chosenBy = (command: Command): Command =>
  command
    .addOption(new Option('--source <source>', 'records of this source').choices(sourceSystems))
    .option('--reason <text>', 'records with such a reason: `field: rule`, its beginning, or any part of it')
    .option('--since <time>', 'records first seen then or later, UTC', utcTime)
    .option('--until <time>', 'records first seen before then, UTC', utcTime);

const addQuarantine = (command: AddCommand, context: CommandContext): void => {
  const quarantine = command('quarantine', 'list, show, replay and discard what was quarantined; `list` where nothing else is said', 'floe quarantine --source app --limit 3')
    .helpCommand(...helpCommand);
  const subcommand = commandsOf(quarantine, 'list');
  forPipeline(chosenBy(subcommand('list', 'counts by source and reason, with examples', 'floe quarantine list --reason "event_type: unknown value"')))
    .addOption(new Option('--status <status>', 'records of this status').choices(quarantineStatuses))
    .option('--limit <n>', 'examples to show', wholeNumber(0, 1000), 5)
    .option(...json)
    .action(async (options: ListOptions) => (await import('./commands/quarantine/list.ts')).list(options, context));
  forPipeline(subcommand('show', 'one record whole: as it came, where from, why it is here, and what today\'s contract says of it', 'floe quarantine show 3f2a9c01b7e4'))
    .argument('<hash>', 'its record_hash, or the beginning of it', (text: string) => recordHashes(text)[0] ?? '')
    .option(...json)
    .action(async (hash: string, options: ShowOptions) => (await import('./commands/quarantine/show.ts')).show(hash, options, context));
  const decisions = [
    subcommand('replay', 'judge open records anew and send those that keep today\'s contract the way they came', 'floe quarantine replay --hash 3f2a9c01b7e4 --patch \'{"event_type":"page_view"}\' --note "typo in app 4.2"')
      .option('--patch <json>', 'set, or remove with null, these members (JSON Merge Patch); of a CSV\'s row these columns')
      .action(async (options: DecideOptions) => (await import('./commands/quarantine/decide.ts')).decide('replay', options, context)),
    subcommand('discard', 'settle open records that are not to be sent', 'floe quarantine discard --source app --reason "payload: not JSON" --note "a port scan"')
      .action(async (options: DecideOptions) => (await import('./commands/quarantine/decide.ts')).decide('discard', options, context)),
  ];
  for (const decision of decisions) {
    forPipeline(chosenBy(decision))
      .option('--hash <hash>', 'the record of this record_hash, or of this beginning of it; may be given several times', recordHashes)
      .option('--limit <n>', 'at most so many records, those first seen first', wholeNumber(1, 10_000), 1000)
      .option('--note <text>', 'why, for the record of the decision')
      .option('--dry-run', 'only show what would be done')
      .option(...yes)
      .option(...json);
  }
};
