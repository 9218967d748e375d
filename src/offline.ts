import { generate } from './api/generate.ts'
import { platformRules } from './assets.ts'
import { createBuilder } from './build.ts'
import { routingTestSchema } from './cli/routing-test-schema.ts'
import { type Loaded, type Manifests, type VerbFlags } from './cli/toolbox.ts'
import { toYaml } from './cli/yaml.ts'
import { defaultLimits } from './directory/limits.ts'
import { loadOnce } from './directory/load-once.ts'
import { createLoader } from './directory/load.ts'
import { type AlertGroup } from './model/alert.ts'
import { SettingsError } from './model/errors.ts'
import { type Problem } from './model/problem.ts'
import { decode } from './resources/decode.ts'
import { readDocuments } from './resources/documents.ts'
import { ruleDocumentSchema } from './rules/document.ts'
import { toAlertGroup } from './server/payload.ts'
import { webhookPayloadSchema } from './server/payload-schema.ts'
import { type Environment } from './flags.ts'
import { readSettings } from './settings.ts'
import { createLogger, systemClock } from './system.ts'

/** Reading manifests of a verb that serves nothing may take this long, kustomize included. */
const loadTimeoutMs = 120_000

/** Reads manifests once and compiles them, for the verbs that serve nothing. */
export async function load(paths: readonly string[], flags: VerbFlags, environment: Environment): Promise<Loaded> {
  const settings = readSettings(flags, environment)
  const logger = createLogger({ level: 'error', format: 'logfmt', write: (line) => process.stderr.write(line) })
  const builder = createBuilder({ ...settings, logger })
  const { snapshot } = await loadOnce(
    {
      paths,
      validate: builder.kinds.validate,
      ownNamespace: settings.namespace,
      ...(settings.managerName === undefined ? {} : { managerName: settings.managerName }),
      platformRules: platformRules(settings.rules),
      clock: systemClock,
    },
    AbortSignal.timeout(loadTimeoutMs),
  )
  const missing = snapshot.problems.find(({ reason, path }) => reason === 'SourceUnreadable' && path === '')
  if (missing !== undefined && paths.length === 1 && isNothing(snapshot)) {
    throw new SettingsError(`${missing.message}; ${missing.remedy}`)
  }
  const { ruleset, templates, problems } = await builder.build(snapshot)
  return {
    ruleset,
    templates,
    problems: problems.map(tolerate),
    objects: snapshot.managers.length + snapshot.receivers.length + snapshot.configs.length,
    configs: snapshot.configs,
  }
}

/** A tenant's repository holds no NotificationManager: nothing is wrong with it, only less can be said. */
function tolerate(problem: Problem): Problem {
  return problem.reason === 'ManagerNotFound' ? { ...problem, severity: 'warning' } : problem
}

function isNothing(snapshot: {
  readonly managers: readonly unknown[]
  readonly receivers: readonly unknown[]
  readonly configs: readonly unknown[]
}): boolean {
  return snapshot.managers.length + snapshot.receivers.length + snapshot.configs.length === 0
}

/** Documents of any kind below the paths, kustomizations built; `-` is `input`. */
export async function readManifests(
  paths: readonly string[],
  input: AsyncIterable<Uint8Array | string>,
): Promise<Manifests> {
  const loader = createLoader({
    paths: paths.filter((path) => path !== '-'),
    limits: defaultLimits,
    clock: systemClock,
  })
  const reading = await loader.load({ force: true, signal: AbortSignal.timeout(loadTimeoutMs) })
  const units: readonly Manifests[] = reading.units
  const piped = paths.includes('-') ? [await readInput(input)] : []
  return {
    documents: [...units, ...piped].flatMap(({ documents }) => documents),
    problems: [...reading.problems, ...[...units, ...piped].flatMap(({ problems }) => problems)],
  }
}

async function readInput(input: AsyncIterable<Uint8Array | string>): Promise<Manifests> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of input) {
    bytes += chunk.length
    if (bytes > defaultLimits.maxTotalBytes) {
      throw new SettingsError(`standard input: more than ${defaultLimits.maxTotalBytes} bytes; give files instead`)
    }
    chunks.push(Buffer.from(chunk))
  }
  const decoded = decode(Buffer.concat(chunks))
  if ('fault' in decoded) throw new SettingsError(`standard input: ${decoded.fault.message}; ${decoded.fault.remedy}`)
  return readDocuments(decoded.text, '-', defaultLimits)
}

/** Every generated file, by its path below the root. */
export function generated(): ReadonlyMap<string, string> {
  const logger = createLogger({ level: 'error', format: 'logfmt', write: (line) => process.stderr.write(line) })
  const { kinds } = createBuilder({ namespace: 'default', allowedSecretNamespaces: [], logger })
  return generate({
    kinds: kinds.list,
    toYaml,
    extra: new Map<string, object>([
      ['alertmanager-webhook.json', webhookPayloadSchema],
      ['routing-test.json', routingTestSchema],
      ['rule.json', ruleDocumentSchema],
    ]),
  })
}

/** An Alertmanager body as the door would read it. Throws PayloadError. */
export function parsePayload(body: unknown): AlertGroup {
  return toAlertGroup(body, { source: 'default', now: systemClock.now() })
}
