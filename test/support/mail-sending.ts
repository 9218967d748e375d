import assert from 'node:assert/strict'
import { type Sender } from '../../src/channels/channel.ts'
import { email } from '../../src/channels/email/email.ts'
import { type EmailRequest } from '../../src/channels/email/request.ts'
import { type EmailConfigSpec, type EmailOptions } from '../../src/channels/email/schema.ts'
import { type Delivery } from '../../src/model/delivery.ts'
import { planInput, type Rig } from './channel-rig.ts'

/** How a mail of a test differs from the usual one: an address, no credentials, host 127.0.0.1. */
export interface Sending {
  readonly config?: Partial<EmailConfigSpec>
  readonly options?: EmailOptions
  readonly to?: readonly string[]
  readonly secrets?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  readonly host?: string
}

export function openMailSender(rig: Rig): Sender<EmailRequest> {
  return email.open?.(rig.deps) ?? assert.fail()
}

/** A server on loopback to mail to, and how it is reached. */
export interface MailRoute {
  readonly rig: Rig
  readonly sender?: Sender<EmailRequest>
}

/** Sends the first part of a plan to a port on loopback, over a sender of its own unless one is given. */
export async function sendMail(route: MailRoute, port: number, sending: Sending = {}): Promise<Delivery> {
  const { rig, sender = openMailSender(rig) } = route
  const { config, options = {}, to = ['a@x.test'], secrets = {}, signal } = sending
  const spec = {
    from: 'Alerts <alerts@example.com>',
    smartHost: { host: sending.host ?? '127.0.0.1', port },
    ...config,
  }
  const [part] = email.plan(planInput({ receiver: { to: [...to] }, config: spec, options }))
  return await sender.send(part ?? assert.fail(), rig.context(secrets, signal))
}

/** `outcome reason`, or the outcome alone. */
export function verdictOf(delivery: Delivery): string {
  return 'reason' in delivery ? `${delivery.outcome} ${delivery.reason}` : delivery.outcome
}
