import { createHash } from 'node:crypto'
import { type Notification } from '../../model/notification.ts'
import { type Part, type PlanInput } from '../channel.ts'
import { attemptTimeoutMs } from '../../model/duration.ts'
import { oneLine, parseMailbox } from './message.ts'
import { type EmailRequest } from './request.ts'
import { type EmailConfigSpec, type EmailOptions, type EmailReceiverSpec } from './schema.ts'

/** Template names by purpose. */
export const templateNames = {
  subject: 'nm.default.subject',
  body: 'nm.default.html',
  text: 'nm.default.text',
} as const

/** Mail programs cut long subjects anyway; a hostile label must not make one of 10 kB. Counted in code points. */
const maxSubjectLength = 250

/** `notificationTimeout`, which bounds connecting and the server's greeting. */
export function dialTimeoutMs(options: EmailOptions): number {
  return attemptTimeoutMs(options.notificationTimeout, 3_000)
}

/** What settles one address. */
export function markOf(address: string): string {
  return `to:${address}`
}

/**
 * One mail for every `maxEmailReceivers` addresses (bulk) or for each (single). Addresses are dealt out before those that are
 * done are taken away: so a repeated mail keeps its Message-ID.
 */
export function planMails(
  input: PlanInput<EmailConfigSpec, EmailReceiverSpec, EmailOptions>,
): readonly Part<EmailRequest>[] {
  const { notification, receiver, config, options, done } = input
  if (config === undefined) throw new Error('a mail was planned without its config')
  const addresses = [...new Set(receiver.to)]
  const size = options.deliveryType?.toLowerCase() === 'single' ? 1 : (options.maxEmailReceivers ?? addresses.length)
  const chunks = chunk(addresses, Math.max(size, 1)).map((to) => to.filter((address) => !done.has(markOf(address))))
  if (chunks.every((to) => to.length === 0)) return []
  const { domain, ...common } = contentOf(input, config)
  return chunks.flatMap((to, index) => {
    if (to.length === 0) return []
    const messageId = `<${notification.id.replace(/[^A-Za-z0-9._-]/gu, '_')}.${index}@${domain}>`
    return [{ marks: to.map(markOf), summary: summaryOf(to.length), request: { ...common, to, messageId } }]
  })
}

function contentOf(
  { notification, options, templates, render }: PlanInput<EmailConfigSpec, EmailReceiverSpec, EmailOptions>,
  config: EmailConfigSpec,
): Omit<EmailRequest, 'to' | 'messageId'> & { readonly domain: string } {
  const subject = render(templates['subject'] ?? templateNames.subject, 'text').text
  const body = render(templates['body'] ?? templateNames.body, 'html').text
  return {
    config,
    subject: Array.from(oneLine(subject)).slice(0, maxSubjectLength).join('').trim(),
    html: body,
    text: render(templates['text'] ?? templateNames.text, 'text').text,
    threadId: threadOf(notification),
    notificationId: notification.id,
    status: notification.group.status,
    important: notification.group.alerts.some(
      (alert) => alert.status === 'firing' && alert.labels.get('severity')?.toLowerCase() === 'critical',
    ),
    dialTimeoutMs: dialTimeoutMs(options),
    domain: domainOf(config),
  }
}

/** One thread a group, receiver and day, as Alertmanager does: a group that fires for months is not one endless thread. */
function threadOf({ group, receiver, acceptedAt }: Notification): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([group.groupKey, receiver]))
    .digest('hex')
    .slice(0, 16)
  return `<alert-${hash}-${new Date(acceptedAt).toISOString().slice(0, 10)}@notification-manager>`
}

function domainOf(config: EmailConfigSpec): string {
  const domain = parseMailbox(config.from)?.address.split('@').at(-1) ?? ''
  return /^[A-Za-z0-9.-]+$/u.test(domain) ? domain : 'notification-manager'
}

function chunk<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  const count = Math.ceil(items.length / size)
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size))
}

function summaryOf(addresses: number): string {
  return `1 mail to ${addresses} ${addresses === 1 ? 'address' : 'addresses'}`
}
