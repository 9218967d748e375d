import { type WebhookSink } from './webhook-sink.ts'

/** Alerts in one post: small groups are planned at once, large ones in a thread of their own. */
const sizes = [10, 40]
/** All together offer 1,400 alerts a second, so that a thousand are acknowledged although every life of the server begins cold. */
const posters = 7
/** Each poster posts this often while it is answered. */
const everyMs = 125
/** Pause after a post that was refused, or that found nobody. */
const againMs = 20
/** The receivers, each one with its own path. */
export const lanes = ['red', 'green', 'blue', 'amber', 'violet']

/** What was posted and what arrived, over all lives of the server. */
export interface Ledger {
  /** Posts that got a 200, by group and status. */
  readonly acknowledged: ReadonlySet<string>
  readonly alerts: number
  /** Posts that broke off: the server was killed before it answered. They are posted again, as Alertmanager does. */
  readonly unanswered: number
  /** How many of those had been stored all the same: it was killed between the commit and the answer. */
  readonly stored: number
  /** Every delivery, in order. */
  readonly deliveries: readonly Delivered[]
  /** Ends the load when what is under way has been acknowledged. */
  stop(): Promise<void>
  /** Takes in what has arrived so far. */
  collect(): void
}

export interface Delivered {
  /** Group and status. */
  readonly key: string
  readonly group: string
  readonly status: string
  readonly lane: string
  /** The Idempotency-Key. */
  readonly id: string
  /** Which life of the server it came from. */
  readonly life: number
  /** Whether it is about every alert of the group, each once. */
  readonly whole: boolean
}

/** Posts groups, each first firing and then resolved, until it is stopped; whoever does not answer is asked again. */
export function startLoad(url: string, sink: WebhookSink): Ledger {
  const acknowledged = new Set<string>()
  const deliveries: Delivered[] = []
  const counts = { alerts: 0, unanswered: 0, stored: 0 }
  let stopping = false

  async function post(group: string, status: string): Promise<void> {
    const body = JSON.stringify(payload(group, status))
    let answer = await ask(url, body)
    while (answer.status !== 200) {
      if (answer.status === 'broken off') counts.unanswered += 1
      await pause(againMs)
      answer = await ask(url, body)
    }
    // What is known already although it is posted for the first time was stored by a life before.
    if (/"duplicates":[1-9]/u.test(answer.text)) counts.stored += 1
    acknowledged.add(keyOf(group, status))
    counts.alerts += sizeOf(group)
  }

  async function run(poster: number): Promise<void> {
    for (let serial = 0; !stopping; serial += 1) {
      for (const status of ['firing', 'resolved']) {
        const next = pause(everyMs)
        await post(`${poster}-${serial}`, status)
        await next
      }
    }
  }

  const running = Promise.all(Array.from({ length: posters }, (_, poster) => run(poster)))
  // Told by `stop`, which may be long from now.
  running.catch(() => undefined)
  return {
    acknowledged,
    deliveries,
    get alerts() {
      return counts.alerts
    },
    get unanswered() {
      return counts.unanswered
    },
    get stored() {
      return counts.stored
    },
    async stop() {
      stopping = true
      await running
    },
    collect() {
      for (const { path, id, generation: life, body } of sink.take()) {
        const { groupKey: group, status } = body
        const told = new Set(
          body.alerts.filter((alert) => alert.status === status).map(({ fingerprint }) => fingerprint),
        )
        const whole = body.alerts.length === sizeOf(group) && fingerprintsOf(group).every((each) => told.has(each))
        deliveries.push({ key: keyOf(group, status), group, status, lane: path.slice(1), id, life, whole })
      }
    },
  }
}

function keyOf(group: string, status: string): string {
  return `${group} ${status}`
}

/** The poster's number, and which of its groups it is. */
export function placeOf(group: string): { readonly poster: number; readonly serial: number } {
  const [poster = 0, serial = 0] = group.split('-').map(Number)
  return { poster, serial }
}

/** The receiver that a group is for. */
export function laneOf(group: string): string {
  const { poster, serial } = placeOf(group)
  return lanes[(poster + serial) % lanes.length] ?? ''
}

function sizeOf(group: string): number {
  return sizes[placeOf(group).serial % sizes.length] ?? 0
}

function fingerprintsOf(group: string): readonly string[] {
  return Array.from({ length: sizeOf(group) }, (_, place) => Buffer.from(`${group}/${place}`).toString('hex'))
}

function payload(group: string, status: string): object {
  const common = { alertname: 'Crash', namespace: laneOf(group) }
  const alerts = fingerprintsOf(group).map((fingerprint, place) => ({
    status,
    labels: { ...common, pod: `pod-${place}`, group },
    annotations: { summary: `pod-${place} is down` },
    startsAt: '2026-11-22T10:00:00Z',
    endsAt: status === 'firing' ? '0001-01-01T00:00:00Z' : '2026-11-22T10:05:00Z',
    generatorURL: 'http://prometheus.example/graph',
    fingerprint,
  }))
  return {
    ...{ version: '4', groupKey: group, status, receiver: 'nm', groupLabels: {}, truncatedAlerts: 0 },
    ...{ commonLabels: common, commonAnnotations: {}, externalURL: 'http://am.example', alerts },
  }
}

interface Answer {
  readonly status: 200 | 503 | 'nobody there' | 'broken off'
  readonly text: string
}

/** Posts once. Throws when the answer is one that Alertmanager would not try again after. */
async function ask(url: string, body: string): Promise<Answer> {
  const headers = { 'content-type': 'application/json' }
  const signal = AbortSignal.timeout(30_000)
  try {
    const answer = await fetch(`${url}/api/v2/alerts`, { method: 'POST', headers, body, signal })
    const { status } = answer
    const text = await answer.text().catch(() => '')
    if (status === 200 || status === 503) return { status, text }
    throw new TypeError(`a post was answered ${status} ${text}`)
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined
    if (cause === undefined && !signal.aborted) throw error
    const refused = cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED'
    return { status: refused ? 'nobody there' : 'broken off', text: '' }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
