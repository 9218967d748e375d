import { type CaughtMessage } from '../../model/mailbox.ts'

/** What a message says of its alerts, as far as it can be told from outside. */
export function stateOf({ subject, json }: CaughtMessage): 'firing' | 'resolved' | 'other' {
  const status = statusOf(json)
  if (status === 'firing' || /^\W*firing\b/iu.test(subject)) return 'firing'
  if (status === 'resolved' || /^\W*resolved\b/iu.test(subject)) return 'resolved'
  return 'other'
}

/** The id of the notification that it carries, or empty. */
export function notificationOf({ headers }: CaughtMessage): string {
  return headers.get('x-notification-id') ?? ''
}

function statusOf(json: unknown): unknown {
  if (typeof json !== 'object' || json === null) return undefined
  return Object.entries(json).find(([name]) => name === 'status')?.[1]
}
