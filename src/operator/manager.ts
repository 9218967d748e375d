import { type NotificationManagerSpec } from '../api/notification-manager.ts'
import { type Resource } from '../model/object.ts'

/** A NotificationManager that its schema has accepted. */
export type Manager = Resource<NotificationManagerSpec>

/** What the operator, not the NotificationManager, decides about the servers. */
export interface ServerDefaults {
  /** Where everything is made: the operator's own namespace. */
  readonly namespace: string
  /** Image of servers whose NotificationManager names none. */
  readonly image: string
  /** Service account of servers whose NotificationManager names none. */
  readonly serviceAccountName: string
}

/** The fields that have a value. */
export function present<Fields extends object>(
  fields: Fields,
): { readonly [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { readonly [Name in keyof Fields]?: Exclude<Fields[Name], undefined> }
}
