import { createHmac } from 'node:crypto'
import { type SecretKeyRef } from '../../model/fragments.ts'
import { type SendContext } from '../channel.ts'
import { readLine } from '../credentials.ts'
import { type Said } from '../errcode.ts'
import { CredentialError } from '../tls.ts'

/** A robot's address, read from its Secret. Throws CredentialError for text that is none; the text itself is never shown. */
export async function readWebhook(ref: SecretKeyRef, context: SendContext): Promise<URL> {
  const url = URL.parse((await readLine(ref, context)).trim())
  if (url !== null && (url.protocol === 'https:' || url.protocol === 'http:')) return url
  throw new CredentialError(
    `the value of key ${ref.key} of Secret ${ref.name} must be the webhook address of a robot, as in https://oapi.dingtalk.com/robot/send?access_token=…`,
  )
}

/**
 * The address with a signature in its query, each value encoded once; an older signature in it is replaced. `now` is milliseconds
 * since the epoch. https://open.dingtalk.com/document/robots/customize-robot-security-settings
 */
export function signed(webhook: URL, secret: string, now: number): URL {
  const url = new URL(webhook)
  const timestamp = String(Math.floor(now))
  const sign = createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64')
  url.searchParams.set('timestamp', timestamp)
  url.searchParams.set('sign', sign)
  return url
}

/** A signature is good for an hour: https://open.dingtalk.com/document/robots/customize-robot-security-settings */
const maxSkewMs = 3_600_000

/**
 * What a refused signature has to do with the clock here: most refusals of a right secret are a wrong time. `date` is the answer's
 * Date header. Undefined when the refusal speaks of something else. The words only choose this remark, never the outcome.
 */
export function clockRemark(said: Said, date: string | undefined, now: number): string | undefined {
  if (said.code !== 310000 || !/sign|timestamp|签名|时间戳/iu.test(said.words)) return undefined
  const theirs = Date.parse(date ?? '')
  if (Number.isNaN(theirs)) {
    return `a signature is good for one hour, and the clock here says ${new Date(now).toISOString()}: check both clock and secret`
  }
  const minutes = Math.round(Math.abs(now - theirs) / 60_000)
  if (Math.abs(now - theirs) >= maxSkewMs) {
    return `the clock here is ${minutes} minutes ${now > theirs ? 'ahead of' : 'behind'} DingTalk's, and a signature is good for one hour only: set the clock`
  }
  return "the clock here agrees with DingTalk's, so it is the secret that is wrong"
}
