import { type Command, Option } from 'commander'
import { diff } from './diff.ts'
import { addReadFlags, collect } from './flags.ts'
import { migrateVerb } from './migrate.ts'
import { testRouting } from './routing-test.ts'
import { type Toolbox, type VerbFlags } from './toolbox.ts'

const testHelp = `
A file of tests:

  # yaml-language-server: $schema=…/schemas/routing-test.json
  cases:
    - name: a critical alert reaches the team and the administrators
      alert: { alertname: Down, namespace: payments, severity: critical }
      expect:
        receivers: [EmailReceiver/administrators, EmailReceiver/payments-on-call]
        tenants: [payments]
    - name: nobody of the shop hears of payments
      payload: alerts/payments.json    # as Alertmanager posts it, relative to this file
      expect:
        excludes: [EmailReceiver/shop-on-call]

Of a payload the receivers of all its alerts count together. \`includes\` takes others besides, \`dropped\` is true, false or the
name of a platform rule.

Exit codes: 0 all as expected, 1 some not, 2 the tests or the manifests cannot be read.`

const migrateHelp = `
Examples:
  notification-manager migrate ./old > ./manifests.yaml
  kubectl get notificationmanagers,configs,receivers,routers,silences -o yaml | notification-manager migrate - > manifests.yaml

Whatever cannot be said without telling more people than before is left out and reported. Objects of v2alpha1 pass as they are.

Exit codes: 0 everything is carried over, 1 something has no counterpart (the rest is printed), 2 something cannot be read.`

const diffHelp = `
Examples:
  git worktree add /tmp/before origin/main
  notification-manager diff /tmp/before/manifests ./manifests --alerts alerts.json

Exit codes, as of diff: 0 no difference, 1 some, 2 cannot say.`

/** The verbs for work in Git: moving there, testing, reviewing. */
export function addGitVerbs(program: Command, toolbox: Toolbox, done: (code: number) => void): void {
  const output = (what: string, ...choices: readonly string[]): Option =>
    new Option('-o, --output <format>', what).choices(choices).default('text')
  addReadFlags(program.command('test').argument('<file...>', 'files of routing tests'))
    .description('Try alerts against manifests and compare who is told with who should be')
    .requiredOption('--manifests <path>', 'folder, kustomize overlay or file of manifests; may be repeated', collect)
    .addOption(output('text for people, json for machines, junit for CI', 'text', 'json', 'junit'))
    .addHelpText('after', testHelp)
    .action(async (files: string[], flags: VerbFlags) => done(await testRouting(toolbox, files, flags)))
  addReadFlags(
    program
      .command('diff')
      .argument('<before>', 'folder, kustomize overlay or file of manifests')
      .argument('<after>', 'the same, changed'),
  )
    .description('What changes for whom between two sets of manifests')
    .option('--payload <file>', 'an Alertmanager webhook body: which of its alerts would be told to others')
    .option('--alerts <file>', 'the same for a list of alerts, as `amtool alert query -o json` prints it')
    .addOption(output('text for people, json for machines', 'text', 'json'))
    .addHelpText('after', diffHelp)
    .action(async (before: string, after: string, flags: VerbFlags) =>
      done(await diff(toolbox, { before, after }, flags)),
    )
  program
    .command('migrate')
    .argument('<path...>', 'folders or files of manifests of v2beta2; - for standard input')
    .description("Print the predecessor's v2beta2 objects as v2alpha1 manifests, and report what is not the same")
    .option('--emit-secrets', 'print Secrets for credentials in plain text; only references to them otherwise')
    .option(
      '--namespace <namespace>',
      "namespace of those Secrets (default: the NotificationManager's defaultSecretNamespace)",
    )
    .option('--rules-out <file>', 'write platform rules for Routers and Silences there')
    .option('--report <file>', 'write the report there instead of to standard error')
    .addOption(output('of the report: text for people, json for machines', 'text', 'json'))
    .addHelpText('after', migrateHelp)
    .action(async (paths: string[], flags: VerbFlags) => done(await migrateVerb(toolbox, paths, flags)))
}
