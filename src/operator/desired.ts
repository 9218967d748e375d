import { defaultOutboxSize } from '../api/pod-fragments.ts'
import { type ApiKind, type ApiTarget } from '../kubernetes/cluster.ts'
import { deploymentKind, serviceKind, statefulSetKind } from '../kubernetes/kinds.ts'
import { managerKind, typeMeta } from './api-kinds.ts'
import { outboxVolume, portNameOf, serverPort } from './container.ts'
import { present, type Manager, type ServerDefaults } from './manager.ts'
import { childName, fieldManager, podLabels } from './names.ts'
import { podTemplate } from './pod-template.ts'
import { canonicalQuantity } from './quantity.ts'

/** An object that should be there: the fields that are ours, and no others. */
export interface Child {
  readonly target: ApiTarget
  readonly object: Readonly<Record<string, unknown>>
}

/** What `desired` depends on besides the NotificationManager. */
export interface DesiredOptions {
  readonly defaults: ServerDefaults
  /** The kind of PodDisruptionBudget that the API server serves. */
  readonly disruptionBudget: ApiKind
  /** How many pods the workload is set to now: counts when the NotificationManager leaves the number to others. */
  readonly liveReplicas?: number
}

/** The kind of workload that a NotificationManager asks for. */
export function workloadKind(manager: Manager): ApiKind {
  return manager.spec.persistence === undefined ? deploymentKind : statefulSetKind
}

/**
 * Everything that a NotificationManager asks for, the workload first. `replicas` is only among the fields when the spec names it:
 * Kubernetes starts with one, and an autoscaler may have its way.
 */
export function desired(manager: Manager, options: DesiredOptions): readonly Child[] {
  const replicas = manager.spec.replicas ?? options.liveReplicas ?? 1
  return [
    workload(manager, options.defaults),
    service(manager, options.defaults),
    ...(replicas > 1 ? [disruptionBudget(manager, options)] : []),
  ]
}

function workload(manager: Manager, defaults: ServerDefaults): Child {
  const persistent = manager.spec.persistence !== undefined
  return child(workloadKind(manager), manager, defaults, {
    ...present({ replicas: manager.spec.replicas }),
    selector: { matchLabels: podLabels(manager.metadata.name) },
    template: podTemplate(manager, defaults),
    ...(persistent ? statefulFields(manager) : rollingUpdate),
  })
}

/** A new pod is ready before an old one ends. */
const rollingUpdate = { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } }

/**
 * One claim a pod. They are Kubernetes' to keep: a claim stays when persistence is given up or the NotificationManager is
 * deleted, with what its outbox still holds. The pods need no names of their own, so the Service that all share governs them.
 */
function statefulFields(manager: Manager): object {
  const { size, storageClassName, accessModes } = manager.spec.persistence ?? {}
  return {
    serviceName: childName(serviceKind, manager.metadata.name),
    podManagementPolicy: 'Parallel',
    updateStrategy: { type: 'RollingUpdate' },
    volumeClaimTemplates: [
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: outboxVolume, labels: podLabels(manager.metadata.name) },
        spec: {
          accessModes: accessModes ?? ['ReadWriteOnce'],
          resources: { requests: { storage: canonicalQuantity(size ?? defaultOutboxSize) } },
          ...present({ storageClassName }),
        },
      },
    ],
  }
}

/** The port is reached by its number, so that posts keep arriving while pods with a new name of it replace the old ones. */
function service(manager: Manager, defaults: ServerDefaults): Child {
  return child(serviceKind, manager, defaults, {
    type: 'ClusterIP',
    selector: podLabels(manager.metadata.name),
    ports: [{ name: portNameOf(manager), port: serverPort, targetPort: serverPort, protocol: 'TCP' }],
  })
}

function disruptionBudget(manager: Manager, options: DesiredOptions): Child {
  return child(options.disruptionBudget, manager, options.defaults, {
    maxUnavailable: 1,
    selector: { matchLabels: podLabels(manager.metadata.name) },
  })
}

function child(kind: ApiKind, manager: Manager, defaults: ServerDefaults, spec: object): Child {
  const name = childName(kind, manager.metadata.name)
  const { namespace } = defaults
  const labels = { ...podLabels(manager.metadata.name), 'app.kubernetes.io/managed-by': fieldManager }
  const metadata = { name, namespace, labels, ownerReferences: [ownerReference(manager)] }
  return { target: { kind, name, namespace }, object: { ...typeMeta(kind), metadata, spec } }
}

/** Kubernetes deletes the objects with their NotificationManager. */
function ownerReference(manager: Manager): object {
  const { name, uid } = manager.metadata
  return { ...typeMeta(managerKind), name, uid, controller: true, blockOwnerDeletion: true }
}
