import { type ObjectRef } from '../model/object.ts'
import { type Logger } from '../model/ports.ts'
import { managerKind } from './api-kinds.ts'
import { type Applied } from './children.ts'

/** Tells people what happened to an object; never waits, never throws. */
export interface EventRecorder {
  record(
    ref: ObjectRef & { readonly uid?: string },
    event: { readonly type: 'Normal' | 'Warning'; readonly reason: string; readonly message: string },
  ): void
}

/** Who is told. */
export interface Audience {
  readonly events: EventRecorder
  readonly logger: Logger
}

/** Whom it is about. */
export interface Subject {
  readonly metadata: { readonly name: string; readonly uid?: string }
}

const sentences: Readonly<Partial<Record<Applied['change'], readonly [reason: string, verb: string]>>> = {
  created: ['Created', 'Created'],
  updated: ['Updated', 'Updated'],
  repaired: ['Repaired', 'Undid a foreign change of'],
}

/** Tells that a child was created, updated or repaired; nothing when nothing changed. */
export function tellApplied(subject: Subject, { change, child }: Applied, audience: Audience): void {
  const [reason, verb] = sentences[change] ?? []
  if (reason === undefined) return
  tell(subject, { reason, message: `${verb} ${child.target.kind.kind} ${child.target.name}` }, audience)
}

/** Tells what was done. */
export function tell(
  subject: Subject,
  event: { readonly reason: string; readonly message: string },
  { events, logger }: Audience,
): void {
  logger.info({ notificationManager: subject.metadata.name, change: event.message }, 'A NotificationManager changed')
  events.record(refOf(subject), { type: 'Normal', ...event })
}

/** Tells that somebody has to do something. */
export function warn(
  subject: Subject,
  { reason, message }: { readonly reason: string; readonly message: string },
  { events, logger }: Audience,
): void {
  logger.warn(
    { notificationManager: subject.metadata.name, reason, problem: message },
    'A NotificationManager is stalled',
  )
  events.record(refOf(subject), { type: 'Warning', reason, message })
}

function refOf({ metadata: { name, uid } }: Subject): ObjectRef & { readonly uid?: string } {
  return { kind: managerKind.kind, name, ...(uid === undefined ? {} : { uid }) }
}
