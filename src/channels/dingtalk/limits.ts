import { durationMs } from '../../model/duration.ts'
import { type RateLimit } from '../channel.ts'
import { type DingTalkOptions } from './schema.ts'

/**
 * What a text may have, counted as the bytes that it takes in the request. A robot refuses messages above 20,000 bytes
 * (https://github.com/timonwong/prometheus-webhook-dingtalk/issues/30); the JSON around the text takes 40 of them.
 */
const vendorMaxBytes = 19_960

const defaultConversationBytes = 5_000

/** Below this a message could not even say which alert it is about. */
const leastMaxBytes = 256

/** `chatbotMessageMaxSize`, kept between 256 and the vendor's own limit. */
export function maxChatbotBytes({ chatbotMessageMaxSize = vendorMaxBytes }: DingTalkOptions): number {
  return clamp(chatbotMessageMaxSize)
}

/** `conversationMessageMaxSize`, kept between 256 and what a robot may have. */
export function maxConversationBytes({
  conversationMessageMaxSize = defaultConversationBytes,
}: DingTalkOptions): number {
  return clamp(conversationMessageMaxSize)
}

function clamp(bytes: number): number {
  return Math.min(Math.max(bytes, leastMaxBytes), vendorMaxBytes)
}

/** As the vendor's tokens last, which is two hours: https://open.dingtalk.com/document/orgapp/obtain-orgapp-token */
const defaultTokenMs = 7_200_000

/** `tokenExpires` in milliseconds; absent or zero means two hours. */
export function maxTokenAgeMs({ tokenExpires = 0 }: DingTalkOptions): number {
  return positiveMs(tokenExpires) ?? defaultTokenMs
}

/** How often to send to one destination. */
export interface Throttle extends RateLimit {
  /** How long a message may wait within one attempt, milliseconds; one that must wait longer does so in the outbox. */
  readonly maxWaitMs: number
}

/**
 * `chatBotThrottle`, for one robot. A robot that gets more than 20 messages in a minute is locked out for ten minutes:
 * https://open.dingtalk.com/document/orgapp/custom-robots-send-group-messages
 */
export function throttleOfChatbot({ chatBotThrottle = {} }: DingTalkOptions): Throttle {
  return throttleOf(chatBotThrottle, { limit: 20, perMs: 60_000, maxWaitMs: 10_000 })
}

/**
 * `conversationThrottle`, for one application. It may use one call 40 times a second
 * (https://open.dingtalk.com/document/orgapp/invocation-frequency-limit); the default leaves room for others who use it.
 */
export function throttleOfConversation({ conversationThrottle = {} }: DingTalkOptions): Throttle {
  return throttleOf(conversationThrottle, { limit: 25, perMs: 1_000, maxWaitMs: 1_000 })
}

function throttleOf(
  { threshold, unit = 0, maxWaitTime }: NonNullable<DingTalkOptions['chatBotThrottle']>,
  defaults: Throttle,
): Throttle {
  return {
    limit: threshold ?? defaults.limit,
    perMs: positiveMs(unit) ?? defaults.perMs,
    maxWaitMs: maxWaitTime === undefined ? defaults.maxWaitMs : durationMs(maxWaitTime, 'ns'),
  }
}

function positiveMs(value: number | string): number | undefined {
  const ms = durationMs(value, 'ns')
  return ms > 0 ? ms : undefined
}
