import { type Format } from '../channels/channel.ts'
import { type Alert } from '../model/alert.ts'
import { type Notification } from '../model/notification.ts'
import { escapeMrkdwn } from '../model/readable.ts'
import { toWireGroup } from '../model/wire.ts'
import { escapeHtml } from './text-of.ts'

/** As many alerts as a message that nobody has designed should name. */
const maxAlerts = 50
const maxValueChars = 500

/** A message written by code alone, for the day on which even a built-in template fails: no alert is lost over its looks. */
export function lastResort(notification: Notification, format: Format): string {
  if (format === 'json') return JSON.stringify(toWireGroup(notification.group))
  const text = plainMessage(notification)
  if (format === 'mrkdwn') return escapeMrkdwn(text)
  return format === 'html' ? `<pre>${escapeHtml(text)}</pre>` : text
}

function plainMessage({ group }: Notification): string {
  const lines = group.alerts.slice(0, maxAlerts).map(describe)
  const rest = group.alerts.length - lines.length
  return [
    `[${group.status.toUpperCase()}] ${group.alerts.length} alert${group.alerts.length === 1 ? '' : 's'}`,
    ...lines,
    ...(rest > 0 ? [`and ${rest} more`] : []),
  ].join('\n')
}

function describe(alert: Alert): string {
  const labels = [...alert.labels].map(([name, value]) => `${name}=${value.slice(0, maxValueChars)}`)
  return `- ${alert.status}: ${labels.join(', ')}`.replace(/\s+/g, ' ')
}
