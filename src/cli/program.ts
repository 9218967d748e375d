import { Command, CommanderError, Option } from 'commander'
import { SettingsError, UnansweredError } from '../model/errors.ts'
import { compileVerb } from './compile.ts'
import { exitCode } from './exit-code.ts'
import { explain } from './explain.ts'
import { generate } from './generate.ts'
import { addGitVerbs } from './git-verbs.ts'
import { render } from './render.ts'
import { addOperatorFlags, addReadFlags, addServeFlags, aliasHelp, collect, translateAliases } from './flags.ts'
import { addServerVerbs } from './server-verbs.ts'
import { migrateTemplate } from './template-migrate.ts'
import { type Toolbox, type VerbFlags } from './toolbox.ts'
import { validate } from './validate.ts'

const examples = `
Examples:
  notification-manager demo
  notification-manager serve --manifests ./manifests --listen 0.0.0.0:19093
  notification-manager validate ./manifests
  notification-manager explain --manifests ./manifests alertname=KubePodCrashLooping namespace=payments severity=critical
  notification-manager test tests/*.yaml --manifests ./manifests
  notification-manager diff ./manifests.before ./manifests
  notification-manager migrate ./v2beta2 > manifests.yaml
  notification-manager dead-letters list --server https://notify.example.com --credentials ./token

Exit codes: 0 done, 1 the answer is bad (problems found, files not fresh), 2 the question could not be asked.`

/** Runs the verb that `argv` (without node and script) names, and resolves with the exit code. Never throws for user errors. */
export async function run(argv: readonly string[], toolbox: Toolbox): Promise<number> {
  let code: number = exitCode.ok
  const program = createProgram(toolbox, (result) => (code = result))
  try {
    await program.parseAsync([...translateAliases(argv)], { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage
    if (!(error instanceof SettingsError || error instanceof UnansweredError)) throw error
    toolbox.terminal.err(`notification-manager: ${error.message}\n`)
    return exitCode.usage
  }
}

function createProgram(toolbox: Toolbox, done: (code: number) => void): Command {
  const program = new Command('notification-manager')
    .description(
      'Tells the right people about the right alerts: Alertmanager webhooks in, notifications out, declared in Git.',
    )
    .version(toolbox.version)
    .exitOverride()
    .configureOutput({ writeOut: (text) => toolbox.terminal.out(text), writeErr: (text) => toolbox.terminal.err(text) })
    .addHelpText('after', examples)
  addServers(program, toolbox, done)
  addReaders(program, toolbox, done)
  addGitVerbs(program, toolbox, done)
  addServerVerbs(program, toolbox, done)
  program
    .command('template')
    .description('Work with template files')
    .command('migrate')
    .argument('<file>', 'a file of Go templates, as the predecessor took them')
    .description('Print the Liquid that a file of Go templates is translated to when it is loaded')
    .action(async (file: string) => done(await migrateTemplate(toolbox, file)))
  program
    .command('generate')
    .description('Write schemas/ and crds/ from the schemas in the source (for developers)')
    .option('--check', 'write nothing; exit with 1 when a file is not fresh')
    .action(async (flags: VerbFlags) => done(await generate(toolbox, flags)))
  return program
}

function addServers(program: Command, toolbox: Toolbox, done: (code: number) => void): void {
  addServeFlags(program.command('serve', { isDefault: true }), 'serve')
    .description('Watch resources, take alerts at POST /api/v2/alerts, and deliver notifications')
    .addHelpText('after', aliasHelp)
    .action(async (flags: VerbFlags) => done(await toolbox.serve(flags)))
  addOperatorFlags(program.command('operator'))
    .description('Make a server of every NotificationManager of a cluster: Deployment or StatefulSet, Service, budget')
    .action(async (flags: VerbFlags) => done(await toolbox.operate(flags)))
  addServeFlags(program.command('demo'), 'demo')
    .description('Serve a ready-made set of tenants with an embedded mailbox under /mailbox; needs no account anywhere')
    .action(async (flags: VerbFlags) => done(await toolbox.demo(flags)))
}

function addReaders(program: Command, toolbox: Toolbox, done: (code: number) => void): void {
  const output = (): Option =>
    new Option('-o, --output <format>', 'text for people, json for machines').choices(['text', 'json']).default('text')
  addReadFlags(program.command('validate').argument('<path...>', 'folders, kustomize overlays or files of manifests'))
    .description('Check manifests as the server would read them; exit code 1 when anything is an error')
    .addOption(output())
    .action(async (paths: string[], flags: VerbFlags) => done(await validate(toolbox, paths, flags)))
  addReadFlags(program.command('compile').argument('<path...>', 'folders, kustomize overlays or files of manifests'))
    .description('Print the resulting ruleset as stable, diffable JSON; problems go to standard error')
    .action(async (paths: string[], flags: VerbFlags) => done(await compileVerb(toolbox, paths, flags)))
  addReadFlags(program.command('explain').argument('[label...]', 'the labels of one alert, as name=value'))
    .description('For each receiver: would it be told about this alert, and which clause decided')
    .requiredOption('--manifests <path>', 'folder, kustomize overlay or file of manifests; may be repeated', collect)
    .option('--payload <file>', 'an Alertmanager webhook body instead of labels; - for standard input')
    .option('--all', 'list every receiver that is not told, not only the first 25')
    .addOption(output())
    .action(async (labels: string[], flags: VerbFlags) => done(await explain(toolbox, labels, flags)))
  addReadFlags(program.command('render'))
    .description('Print exactly what would be sent for a payload, and send nothing')
    .requiredOption('--manifests <path>', 'folder, kustomize overlay or file of manifests; may be repeated', collect)
    .requiredOption('--payload <file>', 'an Alertmanager webhook body; - for standard input')
    .option('--receiver <kind/name>', 'the receiver to render for, for example EmailReceiver/administrators')
    .option('--all', 'render for every receiver that the payload reaches')
    .option(
      '--at <time>',
      'render as if the payload were accepted then, for output that can be compared (default: now)',
    )
    .addOption(
      new Option('-o, --output <format>', 'text, html (mails as their HTML part) or json (everything)')
        .choices(['text', 'html', 'json'])
        .default('text'),
    )
    .action(async (flags: VerbFlags) => done(await render(toolbox, flags)))
}
