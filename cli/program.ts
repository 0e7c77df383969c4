import { Command, Option } from 'commander'
import type { ExitCode } from './exit-codes.ts'
import { EXIT_HELP } from './exit-codes.ts'

export type Finish = (code: ExitCode) => void
/** The options of a command as commander hands them over; each command knows its own. */
export type Options = Readonly<Record<string, string | boolean | undefined>>

/**
 * Every command with its options. What a command does is loaded only when it is called, so that each starts as fast as it can.
 */
export function buildProgram(finish: Finish): Command {
  const program = new Command('lazaret')
    .description(
      'The quarantine station for virtual machines: what is outdated, whether it matters, and whether a machine may start.',
    )
    .version('0.1.0')
    .option('--color', 'colour even where the output is no terminal')
    .option('--no-color', 'no colour')
    .option('-q, --quiet', 'no progress on standard error')
    .exitOverride()
    .showHelpAfterError('(lazaret --help lists the commands)')
    .addHelpText('after', EXIT_HELP)

  addStationCommands(program, finish)
  addMachineCommands(program, finish)
  addAskingCommands(program, finish)
  addScanCommands(program, finish)
  for (const command of program.commands) command.addHelpText('after', EXIT_HELP).exitOverride()
  return program
}

function addStationCommands(program: Command, finish: Finish): void {
  program
    .command('up')
    .description('start the embedded station and serve until it is stopped')
    .option('--data <DIR>', 'the data folder')
    .option('--listen <ADDRESS:PORT>', 'where to listen (default 127.0.0.1:7412; port 0 takes a free one)')
    .option('--config <FILE>', 'the configuration file')
    .option('--this-machine', 'register the machine that the station runs on, check it and print the result')
    .option('--once', 'end after the report')
    .action(async (options: Options) => finish(await (await import('./commands/up.ts')).up(globals(program, options))))

  program
    .command('doctor')
    .description('look whether everything that Lazaret needs is there')
    .option('--data <DIR>', 'the data folder')
    .option('--config <FILE>', 'the configuration file')
    .option('--json', 'print JSON')
    .action(async (options: Options) =>
      finish(await (await import('./commands/doctor.ts')).doctor(globals(program, options))),
    )

  const token = program.command('token').description('issue, list and revoke tokens')
  withConnection(token.command('create'))
    .description('issue a token and print it, this once')
    .addOption(
      new Option('--role <ROLE>', 'what it may do')
        .choices(['admin', 'owner', 'importer', 'gate'])
        .makeOptionMandatory(),
    )
    .option('--machine <NAME>', 'for an importer: the one machine that it may register')
    .option('--owner <NAME>', 'whose machines')
    .option('--label <TEXT>', 'for you to know it by')
    .option('--days <N>', 'ends after so many days')
    .action(async (options: Options) =>
      finish(await (await import('./commands/token.ts')).createToken(globals(program, options))),
    )
  withConnection(token.command('list'))
    .description('list the tokens, without their secrets')
    .action(async (options: Options) =>
      finish(await (await import('./commands/token.ts')).listTokens(globals(program, options))),
    )
  withConnection(token.command('revoke <ID>'))
    .description('make a token worthless')
    .action(async (id: string, options: Options) =>
      finish(await (await import('./commands/token.ts')).revokeToken(id, globals(program, options))),
    )
  for (const command of token.commands) command.exitOverride()
}

function addMachineCommands(program: Command, finish: Finish): void {
  withConnection(program.command('register [NAME]'))
    .description('register this very machine with a station')
    .action(async (name: string | undefined, options: Options) =>
      finish(await (await import('./commands/register.ts')).register(name, globals(program, options))),
    )
  withConnection(program.command('import <NAME>'))
    .description('register a machine from a mounted disk or an evidence archive, without an agent')
    .option('--root <DIR>', 'the root folder of its file system')
    .option('--evidence <FILE>', 'an evidence archive (tar.gz), - for standard input')
    .action(async (name: string, options: Options) =>
      finish(await (await import('./commands/register.ts')).importMachine(name, globals(program, options))),
    )
  withConnection(program.command('forget <NAME>'))
    .description('forget a machine and its evidence')
    .action(async (name: string, options: Options) =>
      finish(await (await import('./commands/forget.ts')).forget(name, globals(program, options))),
    )
  withConnection(program.command('refresh [REPOSITORY]'))
    .description('refresh one repository, or all that are due')
    .option('--force', 'also those within their validity')
    .option('--accept-changes', 'take a changed origin, label or codename of the repository')
    .action(async (repository: string | undefined, options: Options) =>
      finish(await (await import('./commands/refresh.ts')).refresh(repository, globals(program, options))),
    )
}

function addAskingCommands(program: Command, finish: Finish): void {
  withConnection(program.command('check [NAME]'))
    .description('check a machine now; with --root a folder or this very system, without any station')
    .option('--root <DIR>', 'check the system in this folder (/ for this one) and print its updates')
    .option('--name <NAME>', 'what to call it, with --root')
    .option('--all', 'list every local package')
    .action(async (name: string | undefined, options: Options) => {
      const all = globals(program, options)
      const { root } = all
      if (typeof root === 'string') finish(await (await import('./commands/check-root.ts')).checkRoot(root, name, all))
      else finish(await (await import('./commands/check.ts')).check(name, all))
    })
  withConnection(program.command('updates <NAME>'))
    .description("print a machine's updates")
    .option('--all', 'list every local package')
    .option('--within <SECONDS>', 'wait at most so long for refreshes')
    .action(async (name: string, options: Options) =>
      finish(await (await import('./commands/updates.ts')).updates(name, globals(program, options))),
    )
  withConnection(program.command('machines'))
    .description('list the machines')
    .action(async (options: Options) =>
      finish(await (await import('./commands/machines.ts')).machines(globals(program, options))),
    )
  withConnection(program.command('packages [NAME]'))
    .description('list packages over all machines, or the machines of one package')
    .option('--outdated', 'only packages that are outdated somewhere')
    .action(async (name: string | undefined, options: Options) =>
      finish(await (await import('./commands/packages.ts')).packages(name, globals(program, options))),
    )
  withConnection(program.command('gate <NAME>'))
    .description('may this machine start? The exit code is the answer')
    .option('--strict', 'a warning is a denial')
    .option('--scan', 'findings of a scan count; where none is new enough, wait for one')
    .option('--within <SECONDS>', 'wait at most so long for refreshes')
    .action(async (name: string, options: Options) =>
      finish(await (await import('./commands/gate.ts')).gate(name, globals(program, options))),
    )
  withConnection(program.command('why <NAME>'))
    .description('explain the verdict on a machine, and what would mend it')
    .action(async (name: string, options: Options) =>
      finish(await (await import('./commands/why.ts')).why(name, globals(program, options))),
    )
  program
    .command('compare <SYSTEM> [A] [B]')
    .description('compare two versions by the rules of a package system (apt, rpm): prints <, = or >')
    .option('--stdin', 'read tab-separated pairs, one a line')
    .action(async (system: string, a: string | undefined, b: string | undefined, options: Options) =>
      finish(await (await import('./commands/compare.ts')).compare(system, [a, b], globals(program, options))),
    )
}

function addScanCommands(program: Command, finish: Finish): void {
  withConnection(program.command('scan <NAME...>'))
    .description('scan machines for vulnerabilities; each is started where it is off, and put back as it was')
    .addOption(new Option('--scanner <SCANNER>', 'only this scanner; may be repeated').argParser(collect))
    .addOption(
      new Option('--address <ADDRESS>', 'where the machine is, if no hypervisor says so; may be repeated').argParser(
        collect,
      ),
    )
    .option('--wait', 'show how far it is, and end with it')
    .action(async (names: string[], given: Options & { scanner?: string[]; address?: string[] }) => {
      const { scanner: scanners = [], address: addresses = [], ...options } = given
      const { scan } = await import('./commands/scan.ts')
      finish(await scan(names, { scanners, addresses }, globals(program, options)))
    })

  const report = withConnection(program.command('report [ID]'))
    .description('print the report of a scan; import and merge reports that scanners wrote')
    .addOption(
      new Option('--format <FORMAT>', 'how it is written')
        .choices(['json', 'xml', 'html', 'csv', 'ocsf'])
        .default('json'),
    )
    .action(async (id: string | undefined, options: Options) =>
      finish(await (await import('./commands/report.ts')).report(id, globals(program, options))),
    )
  report
    .command('import <FILE>')
    .description('what a report says (.nessus, OpenVAS or nmap XML, nuclei JSON lines); no station is needed')
    .option('--machine <NAME>', 'the one machine that it is about')
    .option('--json', 'print JSON')
    .action(async (file: string, _options: Options, command: Command) =>
      finish(await (await import('./commands/report.ts')).showReports([file], command.optsWithGlobals<Options>())),
    )
  report
    .command('merge <FILE...>')
    .description('several reports of the same machines as one; no station is needed')
    .option('--machine <NAME>', 'the one machine that they are about')
    .option('--json', 'print JSON')
    .action(async (files: string[], _options: Options, command: Command) =>
      finish(await (await import('./commands/report.ts')).showReports(files, command.optsWithGlobals<Options>())),
    )
  for (const command of report.commands) command.addHelpText('after', EXIT_HELP).exitOverride()
}

/** An option that may be given several times. */
function collect(value: string, earlier: string[] | undefined): string[] {
  return [...(earlier ?? []), value]
}

function withConnection(command: Command): Command {
  return command
    .option('--station <URL>', 'the station (LAZARET_STATION)')
    .option('--token <TOKEN>', 'the token (LAZARET_TOKEN)')
    .option('--data <DIR>', 'the data folder of a station on this machine')
    .option('--config <FILE>', 'the configuration file')
    .option('--json', 'print JSON')
}

function globals(program: Command, options: Options): Options {
  return { ...program.opts<Options>(), ...options }
}
