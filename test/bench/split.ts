import { readFileSync } from 'node:fs'
import { builtInTemplates } from '../../src/assets.ts'
import { channels } from '../../src/channels/index.ts'
import { type Alert } from '../../src/model/alert.ts'
import { plan } from '../../src/notify/plan.ts'
import { load } from '../../src/offline.ts'
import { createTemplates } from '../../src/templates/templates.ts'
import { aGroup } from '../notify/builders.ts'

const sizes = [100, 1_000, 10_000]

/** Messages and time of one notification to each channel by its number of alerts: the time of each alert must not grow with it. */
export async function benchSplit(print: (line: string) => void): Promise<void> {
  print('Planning one notification: messages, and microseconds an alert')
  print(`channel   ${sizes.map((size) => `${size} alerts`.padStart(20)).join('')}   last ÷ first`)
  const { library } = createTemplates({ builtin: builtInTemplates() }).load([])
  const files = ['01', '02', '04', '05', '06', 'webhook-default-mended'].map(seedFile)
  const { ruleset } = await load(files, { namespace: 'kubesphere-monitoring-system' }, {})
  for (const channel of channels) {
    const receiver = ruleset.receivers.find((candidate) => candidate.channel === channel)
    if (receiver === undefined) throw new Error(`the seed has no receiver of ${channel.name}`)
    const costs = sizes.map((size) => {
      const notification = { id: 'bench', receiver: receiver.key, group: aGroup(alerts(size)), acceptedAt: 0 }
      const request = { notification, receiver, templates: library, done: new Set<string>(), fallbacks: [] }
      plan(request)
      const startedAt = performance.now()
      const parts = plan(request)
      return { parts: parts.length, each: ((performance.now() - startedAt) * 1_000) / size }
    })
    const cells = costs.map(({ parts, each }) => `${parts} / ${each.toFixed(0)} µs`.padStart(20))
    print(
      `${channel.name.padEnd(10)}${cells.join('')}   ${((costs.at(-1)?.each ?? 0) / (costs[0]?.each ?? 1)).toFixed(2)}`,
    )
  }
}

function seedFile(start: string): string {
  const names: Readonly<Record<string, string>> = {
    '01': '01-notification-manager-kubesphere',
    '02': '02-email-default-and-global',
    '04': '04-wechat-default-and-global',
    '05': '05-slack-default-and-global',
    '06': '06-dingtalk-default-and-global',
  }
  return `test/fixtures/seed/${names[start] ?? start}.yaml`
}

/** Alerts like those of the demo, each of its own. */
function alerts(count: number): readonly Alert[] {
  const text = readFileSync('kustomize/overlays/demo/alerts/payments.json', 'utf8')
  const [model] = (
    JSON.parse(text) as { alerts: { labels: Record<string, string>; annotations: Record<string, string> }[] }
  ).alerts
  return Array.from({ length: count }, (_, place) => ({
    status: 'firing',
    labels: new Map(Object.entries({ ...model?.labels, pod: `ledger-${place}` })),
    annotations: new Map(Object.entries(model?.annotations ?? {})),
    startsAt: '2026-11-22T09:41:07Z',
    endsAt: null,
    generatorURL: '',
    fingerprint: place.toString(16).padStart(16, '0'),
  }))
}
