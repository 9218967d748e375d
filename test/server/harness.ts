import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext } from 'node:test'
import { channels } from '../../src/channels/index.ts'
import { type AlertGroup } from '../../src/model/alert.ts'
import { type Problem } from '../../src/model/problem.ts'
import { createSqliteOutbox } from '../../src/notify/sqlite-outbox.ts'
import { type Outbox } from '../../src/notify/outbox.ts'
import { type CompiledReceiver, type Ruleset } from '../../src/rules/ruleset.ts'
import { type RenderedMetrics, type ServerDeps } from '../../src/server/deps.ts'
import { createMetrics } from '../../src/server/metrics.ts'
import { createServer, type Server } from '../../src/server/server.ts'
import { systemRandom } from '../../src/system.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'
import { createLogCapture, type LogCapture } from '../support/log-capture.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** A door with everything around it that a test may want to look at. */
export interface Door {
  readonly server: Server
  readonly outbox: Outbox
  readonly clock: FakeClock
  readonly log: LogCapture
  readonly metrics: RenderedMetrics
  /** Every group that was accepted, in order. */
  readonly groups: readonly AlertGroup[]
}

/** A server over a real outbox; groups are counted as accepted unless the test says otherwise. */
export async function openDoor(context: TestContext, overrides: Partial<ServerDeps> = {}): Promise<Door> {
  const clock = createFakeClock(Date.UTC(2026, 10, 22, 16))
  const log = createLogCapture()
  const metrics = createMetrics()
  const groups: AlertGroup[] = []
  const outbox = createSqliteOutbox({
    directory: await temporaryFolder(context),
    clock,
    random: systemRandom,
    logger: log,
    metrics,
  })
  const inForce = { ruleset: aRuleset(), problems: [] }
  const server = createServer({
    accept(group) {
      groups.push(group)
      return Promise.resolve({
        accepted: group.alerts.length,
        duplicates: 0,
        unrouted: 0,
        dropped: 0,
        ruleset: inForce.ruleset.version,
      })
    },
    current: () => inForce,
    reload: () => Promise.resolve(inForce),
    outbox,
    channels,
    metrics,
    logger: log,
    clock,
    version: '1.2.3',
    ...overrides,
  })
  context.after(async () => {
    await server.close()
    await outbox.close()
  })
  return { server, outbox, clock, log, metrics, groups }
}

/** A ruleset by hand: what the door reads of one. */
export function aRuleset(overrides: Partial<Ruleset> = {}): Ruleset {
  return {
    version: 'ruleset-1',
    manager: { kind: 'NotificationManager', name: 'notification-manager' },
    receivers: [],
    excluded: [],
    receiver: () => undefined,
    route: (alert) => Promise.resolve({ alert, receivers: [] }),
    explain: (alert) => Promise.resolve({ ruleset: 'ruleset-1', alert, tenants: [], platform: [], receivers: [] }),
    dump: () => ({}),
    ...overrides,
  }
}

/** A global email receiver that has all it needs. */
export function aReceiver(overrides: Partial<CompiledReceiver> = {}): CompiledReceiver {
  const channel = channels.find(({ name }) => name === 'email')!
  return {
    key: 'EmailReceiver/global-receiver',
    resource: {
      kind: 'EmailReceiver',
      metadata: { name: 'global-receiver', labels: { type: 'global' } },
      spec: { to: ['sre@example.com'] },
    },
    channel,
    class: 'global',
    config: {
      kind: 'EmailConfig',
      metadata: { name: 'default-config', labels: { type: 'default' } },
      spec: { authUsername: 'alerts', authPassword: { name: 'smtp-credentials', key: 'password' } },
    },
    configReason: 'DefaultConfig',
    options: {},
    templates: {},
    secretNamespace: 'monitoring',
    undeliverable: [],
    ...overrides,
  }
}

export function aProblem(overrides: Partial<Problem> = {}): Problem {
  return {
    severity: 'error',
    reason: 'ConfigNotFound',
    path: 'spec',
    message: 'no EmailConfig can be used',
    remedy: 'create one with the label type: default',
    ...overrides,
  }
}

/** A captured or hand-written webhook body, as bytes. */
export function fixture(name: string): string {
  return readFileSync(join(import.meta.dirname, '..', 'fixtures', 'alertmanager', `${name}.json`), 'utf8')
}

/** What the answers look like. */
export interface Answer {
  readonly Status: number
  readonly Message: string
}

type Response = Awaited<ReturnType<Server['inject']>>

/** Posts a body as Alertmanager does. */
export async function post(
  server: Server,
  payload: string | Buffer,
  options: { readonly url?: string; readonly headers?: Record<string, string> } = {},
): Promise<Response> {
  const { url = '/api/v2/alerts', headers = {} } = options
  return server.inject({ method: 'POST', url, payload, headers: { 'content-type': 'application/json', ...headers } })
}
