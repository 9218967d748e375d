import { createKinds } from '../../src/api/kinds.ts'
import { channels } from '../../src/channels/index.ts'
import { type Resource } from '../../src/model/object.ts'
import { type Problem } from '../../src/model/problem.ts'
import { createReadiness, type MissingSecret, type ReadinessOf } from '../../src/rules/readiness.ts'
import { type Ruleset } from '../../src/rules/ruleset.ts'
import { type Snapshot } from '../../src/rules/snapshot.ts'
import { anEmailConfig, anEmailReceiver, aSnapshot } from '../support/resources.ts'
import { compile } from '../support/rulesets.ts'

export const password = { authUsername: 'alerts', authPassword: { name: 'smtp', key: 'password' } }
export const defaultConfig = anEmailConfig('default', { type: 'default' }, password)
export const globalReceiver = anEmailReceiver('ops', { type: 'global' })
export const { secretRefs } = createKinds(channels)
export const nothingMissing: MissingSecret = () => undefined

/** What is there, beside the ordinary. */
export interface World extends Partial<Snapshot> {
  readonly missing?: MissingSecret
  readonly hasTemplate?: (name: string) => boolean
}

/** The world compiled. */
export async function judged(world: World): Promise<{ readonly ruleset: Ruleset; readonly readiness: ReadinessOf }> {
  const { missing = nothingMissing, hasTemplate = () => true, ...snapshot } = world
  const { ruleset, problems } = await compile(aSnapshot(snapshot), hasTemplate)
  return { ruleset, readiness: createReadiness({ ruleset, problems, secretRefs, missing }) }
}

/** A mistake in an object. */
export function invalid(of: Resource, changes: Partial<Problem> = {}): Problem {
  return {
    severity: 'error',
    reason: 'InvalidObject',
    object: { kind: of.kind, name: of.metadata.name },
    path: 'spec.to[0]',
    message: 'is not a mail address',
    remedy: 'write one such as ops@example.com',
    ...changes,
  }
}

/** The last good version of it, its second. */
export const stale = (resource: Resource): Resource => ({
  ...resource,
  metadata: { ...resource.metadata, generation: 2 },
  stale: true,
})
/** Every Secret is without its key. */
export const missing: MissingSecret = ({ namespace, name, key }) =>
  `Secret ${namespace}/${name} has no key ${key}; add it`
