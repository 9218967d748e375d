import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isRecord } from '../../src/api/json-schema.ts'
import { formatFinding } from '../../src/migrate/finding.ts'
import { type LabelSelector } from '../../src/model/fragments.ts'
import { matches } from '../../src/model/selector.ts'
import { toPredicate } from '../../src/rules/operators.ts'
import { kinds } from '../api/objects.ts'
import { migrated } from './migrated.ts'
import {
  configSpecArbitrary,
  labelsArbitrary,
  manifest,
  ownFields,
  plainSecret,
  previous,
  previouslyMatched,
  receiverSpecArbitrary,
  selectorArbitrary,
  type PreviousSelector,
} from './v2beta2.ts'

const runs = 300

interface Emitted {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec: Readonly<Record<string, unknown>>
}

/** Which channel of v2beta2 a kind stands for. */
function channelOf(kind: string): string {
  return kind.replace(/(?:Config|Receiver)$/u, '').toLowerCase()
}

function selectorOf(spec: unknown, channel: string, field: string): PreviousSelector | undefined {
  const part = isRecord(spec) ? spec[channel] : undefined
  return isRecord(part) ? (part[field] as PreviousSelector | undefined) : undefined
}

describe('migrating anything', () => {
  it('gives only objects that are accepted without a word, and never throws', () => {
    fc.assert(
      fc.property(receiverSpecArbitrary, configSpecArbitrary, fc.boolean(), (receiver, config, emit) => {
        const { manifests } = migrated([previous('Receiver', 'r', receiver), previous('Config', 'c', config)], { emit })
        for (const one of manifests as Emitted[]) {
          if (one.kind !== 'Secret') assert.deepEqual(kinds.validate(one).problems, [])
        }
      }),
      { numRuns: runs },
    )
  })

  it('never throws on objects that are nothing of the sort', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('NotificationManager', 'Config', 'Receiver', 'Router', 'Silence', 'Other'),
        fc.jsonValue({ maxDepth: 4 }),
        fc.jsonValue({ maxDepth: 2 }),
        (kind, spec, metadata) => {
          const value = { apiVersion: 'notification.kubesphere.io/v2beta2', kind, metadata, spec }
          const { findings, manifests } = migrated([manifest(value)])
          assert.ok(findings.length + manifests.length > 0)
        },
      ),
      { numRuns: runs },
    )
  })

  it('never tells more alerts, nor allows more configs, than the original', () => {
    fc.assert(
      fc.property(receiverSpecArbitrary, fc.array(labelsArbitrary, { minLength: 5 }), (receiver, samples) => {
        const { manifests } = migrated([previous('Receiver', 'r', receiver)])
        for (const { kind, spec } of manifests as Emitted[]) {
          const channel = channelOf(kind)
          for (const field of ['alertSelector', `${channel}ConfigSelector`]) {
            const before = selectorOf(receiver, channel, field)
            const after = (spec[field] ?? {}) as LabelSelector
            assert.ok(before?.matchExpressions?.every(({ operator }) => operator !== 'Match') ?? true)
            for (const labels of samples) assert.equal(matches(after, labels), previouslyMatched(before, labels))
          }
        }
      }),
      { numRuns: runs },
    )
  })

  it('leaves disabled receivers and those with a regular expression out', () => {
    fc.assert(
      fc.property(receiverSpecArbitrary, (receiver) => {
        const { manifests } = migrated([previous('Receiver', 'r', receiver)])
        const made = new Set((manifests as Emitted[]).map(({ kind }) => channelOf(kind)))
        for (const channel of Object.keys(ownFields)) {
          const part = receiver[channel]
          const isMatch = JSON.stringify(part ?? null).includes('"Match"')
          if (isRecord(part) && (part['enabled'] === false || isMatch)) assert.ok(!made.has(channel))
        }
      }),
      { numRuns: runs },
    )
  })

  it('never shows a credential in the report, and in manifests only when asked to', () => {
    fc.assert(
      fc.property(receiverSpecArbitrary, configSpecArbitrary, (receiver, config) => {
        const objects = [previous('Receiver', 'r', receiver), previous('Config', 'c', config)]
        const quiet = migrated(objects)
        const asked = migrated(objects, { emit: true })
        assert.ok(!JSON.stringify(quiet.manifests).includes(plainSecret))
        const report = [...quiet.findings, ...asked.findings].map(formatFinding).join('\n')
        assert.ok(!report.includes(plainSecret), report)
      }),
      { numRuns: runs },
    )
  })

  it('makes rules of Routers that hold only where Router and receiver both did', () => {
    fc.assert(
      fc.property(
        selectorArbitrary,
        receiverSpecArbitrary,
        fc.array(labelsArbitrary, { minLength: 5 }),
        (alertSelector, receiver, samples) => {
          const { rules } = migrated([
            previous('Router', 'way', { alertSelector, receivers: { name: ['r', 'nobody'] } }),
            previous('Receiver', 'r', receiver),
          ])
          for (const rule of rules as RouterRule[]) {
            const holds = toPredicate(rule.conditions as never, new Map())
            for (const labels of samples.filter((sample) => holds({ labels: sample }))) {
              assert.ok(previouslyMatched(alertSelector, labels))
              for (const key of rule.event.params.receivers) {
                const channel = channelOf(key.split('/')[0] ?? '')
                assert.ok(previouslyMatched(selectorOf(receiver, channel, 'alertSelector'), labels))
              }
            }
          }
        },
      ),
      { numRuns: runs },
    )
  })

  it('reports every field of an object, taken or not, at most a hundred times', () => {
    const wide = Object.fromEntries(Array.from({ length: 5_000 }, (_, place) => [`field${place}`, 1]))
    const { findings } = migrated([previous('Receiver', 'r', wide)])

    assert.equal(findings.length, 100)
  })
})

interface RouterRule {
  readonly conditions: unknown
  readonly event: { readonly params: { readonly receivers: readonly string[] } }
}
