import { type Delivery } from '../model/delivery.ts'
import { redact } from '../model/redact.ts'
import { SecretText } from '../model/secret.ts'
import { type SenderDeps } from './channel.ts'
import { judge, wholeNumber, type AnswerFields, type ErrcodeVendor, type Judgement } from './errcode.ts'
import { deliveryOfError } from './failure.ts'
import { createTokenCache, type Grant } from './token-cache.ts'

/** One POST of JSON that needs an access token. */
export interface TokenCall {
  /** Where a token is got with GET; holds the application's secret. */
  readonly tokenUrl: URL
  /** What the token stands for; see TokenRequest. */
  readonly credentials: readonly string[]
  /** How long a token is used at most, milliseconds. */
  readonly maxTokenAgeMs: number
  /** Where to post, with the token in it. */
  readonly postUrl: (token: string) => URL
  readonly body: string
  /** Credentials that the far side may repeat. */
  readonly secrets: readonly string[]
  readonly signal: AbortSignal
}

/** How a call ended, and the fields of its answer without credentials; none when there was no answer. */
export interface TokenCallResult {
  readonly delivery: Delivery
  readonly fields: AnswerFields
}

/** An API whose calls carry an access token in their URL. */
export interface TokenApi {
  /**
   * Posts once, and once more with a new token when the vendor refuses the one at hand. No end of it holds a URL: they carry the
   * secret and the token.
   */
  post(call: TokenCall): Promise<TokenCallResult>
  close(): void
}

export const jsonHeaders: Readonly<Record<string, string>> = {
  'user-agent': 'notification-manager',
  'content-type': 'application/json; charset=utf-8',
}

/** A call's address under an API's base address, which may end in a slash or not, and may bring a query of its own. */
export function callUrl(apiUrl: string, call: string, query: Readonly<Record<string, string>>): URL {
  const url = new URL(apiUrl)
  url.pathname = `${url.pathname.replace(/\/+$/u, '')}/${call}`
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  return url
}

/** The API of one vendor. Opens nothing before the first call. */
export function createTokenApi({ http, clock }: Pick<SenderDeps, 'http' | 'clock'>, vendor: ErrcodeVendor): TokenApi {
  const tokens = createTokenCache(clock)

  async function askToken(call: TokenCall, signal: AbortSignal): Promise<Grant> {
    const { origin, href } = call.tokenUrl
    const headers = { 'user-agent': 'notification-manager' }
    const answer = await http.request({ method: 'GET', url: href, headers, signal })
    const { delivery, fields } = judge(answer, vendor, { origin, now: clock.now(), secrets: call.secrets })
    if (delivery.outcome !== 'sent') throw new TokenDenied(delivery)
    const token = fields['access_token']
    if (typeof token !== 'string' || token === '') {
      throw new TokenDenied({ outcome: 'retry', reason: 'serverError', detail: `${origin} gave no access token` })
    }
    const expiresInMs = Math.max(wholeNumber(fields['expires_in']) ?? 0, 0) * 1_000
    return { token: new SecretText(token), expiresInMs }
  }

  async function attempt(call: TokenCall): Promise<Judgement> {
    const { credentials, maxTokenAgeMs: maxAgeMs, signal } = call
    const fetch = (shared: AbortSignal): Promise<Grant> => askToken(call, shared)
    const token = await tokens.get({ credentials, maxAgeMs, signal, fetch })
    const { origin, href } = call.postUrl(token.reveal())
    const answer = await http.request({ method: 'POST', url: href, headers: jsonHeaders, body: call.body, signal })
    const secrets = [...call.secrets, token.reveal()]
    const judgement = judge(answer, vendor, { origin, now: clock.now(), secrets })
    if (judgement.tokenRefused) tokens.refuse(credentials, token)
    return { ...judgement, fields: withoutSecrets(judgement.fields, secrets) }
  }

  return {
    async post(call) {
      try {
        const first = await attempt(call)
        return first.tokenRefused ? await attempt(call) : first
      } catch (error) {
        return { delivery: deliveryOf(error, call), fields: {} }
      }
    },
    close: () => tokens.close(),
  }
}

function withoutSecrets(fields: AnswerFields, secrets: readonly string[]): AnswerFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? redact(value, secrets) : value]),
  )
}

/** The vendor gave no token: how the delivery that needs it ends. */
class TokenDenied extends Error {
  override readonly name = 'TokenDenied'
  readonly delivery: Delivery

  constructor(delivery: Delivery) {
    super('no access token was given')
    this.delivery = delivery
  }
}

function deliveryOf(error: unknown, { tokenUrl, signal }: TokenCall): Delivery {
  if (error instanceof TokenDenied) return error.delivery
  if (signal.aborted) {
    return { outcome: 'retry', reason: 'contextDeadlineExceeded', detail: `${tokenUrl.origin} did not answer in time` }
  }
  return deliveryOfError(error)
}
