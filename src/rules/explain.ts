import { describeRef, type ResourceKey } from '../model/object.ts'
import { decisive, type Decided } from './clauses.ts'
import { type ConditionResult } from './engine.ts'
import { type Considered, type RoutableReceiver, type RulesetParts } from './parts.ts'
import { type PlatformRule } from './platform.ts'
import { type ExcludedReceiver, type Explanation, type ReceiverExplanation } from './ruleset.ts'
import { clauseSentence, tenantsSentence } from './sentences.ts'

/** Every receiver, told or not, with the clauses that decided, as json-rules-engine answered them. */
export async function explainAlert(parts: RulesetParts, considered: Considered): Promise<Explanation> {
  const { verdict, tenants, facts } = considered
  const { alert, droppedBy, fired } = verdict
  const results: ReadonlyMap<string, ConditionResult> =
    droppedBy === undefined ? await parts.evaluator.results(parts.receivers, facts) : new Map()
  return {
    ruleset: parts.version,
    alert,
    tenants,
    platform: fired.map((rule) => ({ rule: rule.rule.name, effect: rule.event.type, detail: detailOf(rule) })),
    ...(droppedBy === undefined ? {} : { droppedBy }),
    receivers: [
      ...parts.receivers.map((routable) => ({
        ...identityOf(routable),
        ...verdictOf(routable, { parts, considered, result: results.get(routable.rule.name) }),
      })),
      ...parts.excluded.map(explainExcluded),
    ],
  }
}

function identityOf({ receiver }: RoutableReceiver): Omit<ReceiverExplanation, 'matched' | 'clauses' | 'because'> {
  const { key, channel, tenant } = receiver
  return {
    receiver: key,
    channel: channel.name,
    class: receiver.class,
    ...(tenant === undefined ? {} : { tenant }),
  }
}

interface Evidence {
  readonly parts: RulesetParts
  readonly considered: Considered
  readonly result: ConditionResult | undefined
}

function verdictOf(
  routable: RoutableReceiver,
  { parts, considered, result }: Evidence,
): Pick<ReceiverExplanation, 'matched' | 'clauses' | 'because'> {
  const { verdict } = considered
  if (verdict.droppedBy !== undefined) {
    return { matched: false, clauses: [], because: `the platform rule ${verdict.droppedBy} drops the alert` }
  }
  const decided = result === undefined ? [] : decisive(result, parts.sets)
  const clauses = decided.map(({ clause }) => clause)
  if (result?.holds !== true && verdict.added.has(routable.receiver.key)) {
    return {
      matched: true,
      clauses,
      because: `the platform rule ${adderOf(routable, verdict.fired)} adds this receiver`,
    }
  }
  if (result === undefined) {
    return { matched: false, clauses, because: 'its rule could not be evaluated; the log says why' }
  }
  return { matched: result.holds, clauses, because: sentence(routable, decided, { parts, considered, result }) }
}

function adderOf({ receiver }: RoutableReceiver, fired: readonly PlatformRule[]): string {
  const adder = fired.find(({ event }) => event.type === 'notify' && event.params.receivers.includes(receiver.key))
  return adder?.rule.name ?? ''
}

/** What its class says, and then what its selector says; a refusal says only what refuses. */
function sentence({ receiver }: RoutableReceiver, decided: readonly Decided[], evidence: Evidence): string {
  const { tenants, verdict } = evidence.considered
  const ofSelector = decided.filter(({ fact }) => fact === 'labels').map(({ clause }) => clauseSentence(clause))
  const selector = ofSelector.length === 0 ? [] : [`alertSelector wants ${ofSelector.join(', and ')}`]
  const failed = evidence.result?.holds === false
  if (failed && selector.length > 0) return selector.join()
  if (receiver.tenant !== undefined) {
    const belongs = tenantsSentence(tenants, { alert: verdict.alert, tenantKey: evidence.parts.tenancy.tenantKey })
    return [`tenant ${receiver.tenant}: ${belongs}`, ...selector].join('; ')
  }
  if (failed) return decided.map(({ clause }) => `its rule wants ${clauseSentence(clause)}`).join('; ')
  return `global: ${selector.length === 0 ? 'every alert' : selector.join()}`
}

function explainExcluded({ ref, channel = '', message }: ExcludedReceiver): ReceiverExplanation {
  const receiver: ResourceKey = `${ref.kind}/${ref.name}`
  return {
    receiver,
    channel,
    class: 'excluded',
    matched: false,
    clauses: [],
    because: `${describeRef(ref)} cannot be reached: ${message}`,
  }
}

function detailOf({ event }: PlatformRule): string {
  switch (event.type) {
    case 'drop':
      return event.params?.reason ?? ''
    case 'label':
      return `${event.params.name}=${JSON.stringify(event.params.value)}`
    case 'notify':
      return event.params.receivers.join(', ')
  }
}
