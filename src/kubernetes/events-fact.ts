import { apiVersion as ownApiVersion } from '../api/kind.ts'
import { type ObjectRef } from '../model/object.ts'
import { apiVersionOf, eventKind } from './kinds.ts'

/** The object that an event is about. */
export interface EventObject extends ObjectRef {
  /** Our own kinds' when absent. */
  readonly apiVersion?: string
  /** `kubectl describe` finds events by it. */
  readonly uid?: string
}

/** Something that happened to an object and that people should see beside it. */
export interface EventFact {
  readonly object: EventObject
  readonly type: 'Normal' | 'Warning'
  /** One word in upper camel case: `NotReady`. */
  readonly reason: string
  /** For people, without credentials; cut to what Kubernetes takes. */
  readonly message: string
}

/** How often a fact has happened, under the name of its Event. */
export interface EventRecord {
  readonly fact: EventFact
  readonly name: string
  readonly firstAt: number
  readonly lastAt: number
  readonly count: number
}

/** Who tells: a controller's name and the one of its process. */
export interface EventSource {
  readonly component: string
  readonly instance: string
}

/** https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/core/validation/events.go */
const maxMessageBytes = 1_024
/** A name has at most 253 characters, and ours ends in a dot and a UUID. */
const maxNamePrefix = 200

/** The namespace of an event; those of objects without one live in `default`, as the API server demands. */
export function eventNamespace({ namespace }: ObjectRef): string {
  return namespace ?? 'default'
}

/** A new name for an event about this object. */
export function eventName(object: ObjectRef, uuid: string): string {
  const prefix = object.name.slice(0, maxNamePrefix).replace(/[^a-z0-9]+$/u, '')
  return `${prefix}.${uuid}`
}

/** Facts with the same identity are the same event. */
export function identityOf({ object, type, reason, message }: EventFact): string {
  return JSON.stringify([object.kind, object.namespace, object.name, object.uid, type, reason, message])
}

/**
 * The Event, in the core version: its `count` and `lastTimestamp` are what kubectl and the pages of GitOps tools of every age
 * show. https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
 */
export function toEvent(record: EventRecord, { component, instance }: EventSource): object {
  const { fact, name, firstAt, lastAt, count } = record
  const { apiVersion = ownApiVersion, kind, name: objectName, namespace, uid } = fact.object
  return {
    apiVersion: apiVersionOf(eventKind),
    kind: eventKind.kind,
    metadata: { name, namespace: eventNamespace(fact.object) },
    involvedObject: {
      apiVersion,
      kind,
      name: objectName,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
    },
    type: fact.type,
    reason: fact.reason,
    message: truncate(fact.message),
    source: { component },
    reportingComponent: component,
    reportingInstance: instance,
    firstTimestamp: seconds(firstAt),
    lastTimestamp: seconds(lastAt),
    count,
  }
}

function truncate(message: string): string {
  if (Buffer.byteLength(message) <= maxMessageBytes) return message
  const { length } = Buffer.from('…')
  const cut = Buffer.from(message)
    .subarray(0, maxMessageBytes - length)
    .toString('utf8')
  // A character that was cut in two has become U+FFFD.
  return `${cut.replace(/\uFFFD+$/u, '')}…`
}

/** Kubernetes' Time has no fraction of a second. */
function seconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/u, 'Z')
}
