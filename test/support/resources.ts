import { type Alert } from '../../src/model/alert.ts'
import { type Resource } from '../../src/model/object.ts'
import { type ManagerSpec, type RuleDocument, type Snapshot } from '../../src/rules/snapshot.ts'

/** Labels as manifests write them. */
export type LabelPairs = Readonly<Record<string, string>>

/** Any resource. */
export function aResource(kind: string, name: string, labels: LabelPairs = {}, spec: unknown = {}): Resource {
  return { kind, metadata: { name, labels }, spec }
}

export function anEmailReceiver(name: string, labels: LabelPairs, spec: object = {}): Resource {
  return aResource('EmailReceiver', name, labels, { to: [`${name}@example.com`], ...spec })
}

export function anEmailConfig(name: string, labels: LabelPairs, spec: object = {}): Resource {
  const smartHost = { host: 'smtp.example.com', port: '25' }
  return aResource('EmailConfig', name, labels, { from: 'alerts@example.com', smartHost, ...spec })
}

/** A NotificationManager with the seed's selectors: `type` is global, tenant or default; the tenant is the namespace. */
export function aManager(
  changes: Partial<ManagerSpec['receivers']> & { readonly spec?: Partial<ManagerSpec>; readonly name?: string } = {},
): Resource<ManagerSpec> {
  const { spec = {}, name = 'notification-manager', ...receivers } = changes
  return {
    kind: 'NotificationManager',
    metadata: { name, labels: {} },
    spec: {
      defaultConfigSelector: { matchLabels: { type: 'default' } },
      ...spec,
      receivers: {
        tenantKey: 'namespace',
        globalReceiverSelector: { matchLabels: { type: 'global' } },
        tenantReceiverSelector: { matchLabels: { type: 'tenant' } },
        ...receivers,
      },
    },
  }
}

/** A snapshot with one NotificationManager and whatever is given. */
export function aSnapshot(changes: Partial<Snapshot> = {}): Snapshot {
  return {
    version: 'v1',
    managers: [aManager()],
    receivers: [],
    configs: [],
    roleBindings: [],
    namespaces: [],
    platformRules: [],
    templateFiles: [],
    problems: [],
    ...changes,
  }
}

/** A firing alert with these labels. */
export function anAlert(labels: LabelPairs | ReadonlyMap<string, string>, changes: Partial<Alert> = {}): Alert {
  return {
    status: 'firing',
    labels: new Map(labels instanceof Map ? labels : Object.entries(labels)),
    annotations: new Map(),
    startsAt: '2026-01-01T00:00:00Z',
    endsAt: null,
    generatorURL: '',
    fingerprint: '0000000000000001',
    ...changes,
  }
}

/** A rule document as if read from a file. */
export function aRule(document: unknown): RuleDocument {
  return { document, origin: { file: 'platform.yaml', line: 1 } }
}
