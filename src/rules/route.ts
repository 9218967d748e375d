import { type Alert } from '../model/alert.ts'
import { NotReadyError } from '../model/errors.ts'
import { type Resource, type ResourceKey } from '../model/object.ts'
import { dump } from './dump.ts'
import { explainAlert } from './explain.ts'
import { createIndex } from './index.ts'
import { type Considered, type RoutableReceiver, type RulesetParts } from './parts.ts'
import { refOf } from './problems.ts'
import { type ExcludedReceiver, type Routing, type Ruleset } from './ruleset.ts'

/** The ruleset of these parts. */
export function createRuleset(parts: RulesetParts): Ruleset {
  const { version, manager, excluded, evaluator } = parts
  const byKey = new Map(parts.receivers.map((routable) => [routable.receiver.key, routable]))
  const index = createIndex(parts.receivers, parts.sets)
  const receivers = parts.receivers.map(({ receiver }) => receiver)

  async function route(alert: Alert): Promise<Routing> {
    const { verdict, facts } = await consider(parts, alert)
    const { droppedBy } = verdict
    if (droppedBy !== undefined) return { alert: verdict.alert, droppedBy, receivers: [] }
    const matched = await evaluator.matching(index.candidates(facts), facts)
    return { alert: verdict.alert, receivers: withAdded(matched, verdict.added).map(({ receiver }) => receiver) }
  }

  function withAdded(
    matched: readonly RoutableReceiver[],
    keys: ReadonlySet<ResourceKey>,
  ): readonly RoutableReceiver[] {
    if (keys.size === 0) return matched
    const added = [...keys].map((key) => byKey.get(key)).filter((routable) => routable !== undefined)
    return [...new Set([...matched, ...added])].sort((one, other) => one.position - other.position)
  }

  return {
    version,
    manager: refOf(manager),
    receivers,
    excluded,
    receiver: (key) => byKey.get(key)?.receiver,
    route,
    explain: async (alert) => explainAlert(parts, await consider(parts, alert)),
    dump: () => dump(parts),
  }
}

/** The label that tells clusters apart when several post here. */
const clusterLabel = 'cluster'

async function consider({ manager, platform, tenancy }: RulesetParts, alert: Alert): Promise<Considered> {
  const cluster = manager.spec.receivers.options?.global?.cluster ?? ''
  const verdict = await platform.apply(withCluster(alert, cluster === '' ? 'default' : cluster))
  const tenants = verdict.droppedBy === undefined ? tenancy.tenantsOf(verdict.alert) : []
  const { labels, status } = verdict.alert
  return { verdict, tenants, facts: { labels, status, tenants: tenants.map(({ tenant }) => tenant) } }
}

/** The alert with the label `cluster`; in Prometheus' data model an empty label is an absent one. */
function withCluster(alert: Alert, cluster: string): Alert {
  if ((alert.labels.get(clusterLabel) ?? '') !== '') return alert
  return Object.freeze({ ...alert, labels: new Map(alert.labels).set(clusterLabel, cluster) })
}

/** A ruleset that routes nothing and says why: the sender is asked to try again. */
export function createUnreadyRuleset(input: {
  readonly version: string
  readonly manager: Resource | undefined
  readonly excluded: readonly ExcludedReceiver[]
  readonly message: string
}): Ruleset {
  const { version, excluded, message } = input
  const manager = input.manager === undefined ? undefined : refOf(input.manager)
  const refuse = () => Promise.reject(new NotReadyError(message))
  return {
    version,
    manager,
    receivers: [],
    excluded,
    receiver: () => undefined,
    route: refuse,
    explain: refuse,
    dump: () => ({ excluded, manager: null, receivers: [], version }),
  }
}
