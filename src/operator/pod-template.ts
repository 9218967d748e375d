import { outboxVolume, ownMounts, serverContainer } from './container.ts'
import { drainArgs, terminationGraceSeconds } from './drain.ts'
import { present, type Manager, type ServerDefaults } from './manager.ts'
import { podLabels } from './names.ts'

/** User and group of the process, and group of its volumes: `nonroot` of the distroless images, whom no other process is. */
const userId = 65_532

/**
 * The pods of a NotificationManager. Without persistence the outbox is an empty folder that ends with its pod: a pod that ends
 * delivers what it has begun, and what it could not deliver by then is lost. Production has persistence.
 */
export function podTemplate(manager: Manager, defaults: ServerDefaults): object {
  const { spec, metadata } = manager
  const labels = podLabels(metadata.name)
  return {
    metadata: { labels },
    spec: {
      ...present({ nodeSelector: spec.nodeSelector, affinity: spec.affinity, tolerations: spec.tolerations }),
      ...(spec.affinity === undefined ? { topologySpreadConstraints: spread(labels) } : {}),
      serviceAccountName: orDefault(spec.serviceAccountName, defaults.serviceAccountName),
      enableServiceLinks: false,
      terminationGracePeriodSeconds: terminationGraceSeconds([...drainArgs, ...(spec.args ?? [])]),
      securityContext: {
        runAsNonRoot: true,
        runAsUser: userId,
        runAsGroup: userId,
        fsGroup: userId,
        fsGroupChangePolicy: 'OnRootMismatch',
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [serverContainer(manager, defaults)],
      volumes: volumes(manager),
    },
  }
}

function orDefault(text: string | undefined, fallback: string): string {
  return text === undefined || text === '' ? fallback : text
}

/**
 * Pods go to different zones and nodes where that is possible. It is there with one pod too, because a change of the template
 * starts every pod anew, and going from one to two should not.
 */
function spread(labels: Readonly<Record<string, string>>): readonly object[] {
  return ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: labels },
  }))
}

function volumes(manager: Manager): readonly object[] {
  const theirs = manager.spec.volumes ?? []
  const named = new Set(theirs.map(({ name }) => name))
  const ours = ownMounts(manager)
    .filter(({ name }) => !named.has(name))
    .filter(({ name }) => name !== outboxVolume || manager.spec.persistence === undefined)
    .map(({ name }) => ({ name, emptyDir: {} }))
  return [...ours, ...theirs]
}
