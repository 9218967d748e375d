import { type DeliveryReason } from '../../src/model/delivery.ts'
import { type Clock } from '../../src/model/ports.ts'
import { type FrontMode } from './faults-front.ts'
import { type PeerAnswer } from './http-peer.ts'
import { type Reply } from './smtp-server.ts'
import { json } from './vendors/trouble.ts'

/** An answer of a web server, and how long it asks for a pause, milliseconds. */
export interface BadAnswer {
  readonly pauseMs?: number
  answer(now: number): PeerAnswer
}

/** Where a far side's trouble lies. */
export type Trouble =
  | { readonly at: 'answer'; readonly bad: BadAnswer }
  /** At one command of SMTP. */
  | { readonly at: 'reply'; readonly command: 'connect' | 'mail' | 'rcpt' | 'data'; readonly reply: Reply }
  | { readonly at: 'connection'; readonly mode: Exclude<FrontMode, 'relay'> }
  /** Nobody listens; its certificate is nobody's; its name is unknown. */
  | { readonly at: 'port' | 'certificate' | 'name' }

/** One way in which a far side misbehaves. */
export interface Fault {
  readonly name: string
  readonly trouble: Trouble
  /** What each attempt ends with. */
  readonly reason: DeliveryReason
  /** Each attempt is taken nevertheless, so that the far side has the message more than once. */
  readonly repeats?: true
}

/** What `Retry-After` asks for in these faults, seconds: longer than every pause that we would make by ourselves at first. */
const pauseSeconds = 90

function answering(name: string, reason: DeliveryReason, bad: BadAnswer): Fault {
  return { name, reason, trouble: { at: 'answer', bad } }
}

function status(name: string, reason: DeliveryReason, code: number): Fault {
  return answering(name, reason, { answer: () => ({ status: code }) })
}

function statusLater(code: number, reason: DeliveryReason, form: 'seconds' | 'date'): Fault {
  return answering(`${code} Retry-After ${form}`, reason, {
    pauseMs: pauseSeconds * 1_000,
    answer: (now) => {
      // A date of HTTP has whole seconds; this one is not before the pause has passed.
      const date = new Date(Math.ceil(now / 1_000) * 1_000 + pauseSeconds * 1_000)
      return {
        status: code,
        headers: { 'retry-after': form === 'date' ? date.toUTCString() : String(pauseSeconds) },
      }
    },
  })
}

/** A refusal as the vendor says it inside of a 200, with the pause that goes with it. */
export function refusing(
  name: string,
  reason: DeliveryReason,
  said: { readonly body: object; readonly pauseMs?: number; readonly headers?: Readonly<Record<string, string>> },
): Fault {
  const { body, headers = {}, ...pause } = said
  const ok = json(body)
  if (typeof ok === 'string') throw new TypeError('an answer was expected')
  return answering(name, reason, { ...pause, answer: () => ({ ...ok, headers: { ...ok.headers, ...headers } }) })
}

/** What happens to connections, whatever is spoken over them. */
const connectionFaults: readonly Fault[] = [
  { name: 'hang', reason: 'contextDeadlineExceeded', trouble: { at: 'connection', mode: 'hang' } },
  { name: 'slow drip', reason: 'contextDeadlineExceeded', trouble: { at: 'connection', mode: 'drip' } },
  { name: 'reset', reason: 'connectionError', trouble: { at: 'connection', mode: 'reset' } },
  { name: 'reset when taken', reason: 'connectionError', trouble: { at: 'connection', mode: 'cut' }, repeats: true },
  { name: 'TLS failure', reason: 'connectionError', trouble: { at: 'certificate' } },
  { name: 'DNS failure', reason: 'connectionError', trouble: { at: 'name' } },
  { name: 'refused', reason: 'connectionError', trouble: { at: 'port' } },
]

/** What every far side that speaks HTTP can do. */
export const httpFaults: readonly Fault[] = [
  statusLater(429, 'rateLimited', 'seconds'),
  statusLater(429, 'rateLimited', 'date'),
  status('500', 'serverError', 500),
  status('502', 'serverError', 502),
  status('503', 'serverError', 503),
  statusLater(503, 'serverError', 'seconds'),
  { name: 'garbage', reason: 'serverError', trouble: { at: 'connection', mode: 'garbage' } },
  ...connectionFaults,
]

/** The page of a gateway, where the vendor's JSON should be. */
export const page: Fault = answering('200 with a page', 'serverError', {
  answer: () => ({ status: 200, headers: { 'content-type': 'text/html' }, body: '<html><body>Gateway</body></html>' }),
})

function reply(
  command: Extract<Trouble, { at: 'reply' }>['command'],
  reason: DeliveryReason,
  code: number,
  text: string,
): Fault {
  return { name: `${code} at ${command}`, reason, trouble: { at: 'reply', command, reply: { code, text } } }
}

/** What mail servers do: https://www.rfc-editor.org/rfc/rfc5321#section-4.2.3 */
export const smtpFaults: readonly Fault[] = [
  reply('rcpt', 'serverError', 450, '4.7.1 greylisted, come back later'),
  reply('connect', 'connectionError', 421, '4.7.0 too many connections'),
  reply('mail', 'connectionError', 421, '4.3.2 the system is going down'),
  reply('data', 'serverError', 451, '4.3.0 local error'),
  reply('mail', 'serverError', 452, '4.3.1 no space'),
  reply('connect', 'connectionError', 554, '5.3.2 no mail today'),
  { name: 'garbage', reason: 'connectionError', trouble: { at: 'connection', mode: 'garbage' } },
  ...connectionFaults,
]

/** When a message may be sent again after such an answer, milliseconds since the epoch; undefined when nothing was said. */
export function notBefore({ trouble }: Fault, clock: Pick<Clock, 'now'>): number | undefined {
  const pauseMs = trouble.at === 'answer' ? trouble.bad.pauseMs : undefined
  return pauseMs === undefined ? undefined : clock.now() + pauseMs
}
