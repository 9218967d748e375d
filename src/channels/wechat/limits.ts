import { durationMs } from '../../model/duration.ts'
import { type WechatOptions } from './schema.ts'

/**
 * What a text may have, bytes of UTF-8; WeChat Work cuts a longer one without a word:
 * https://developer.work.weixin.qq.com/document/path/90236
 */
const vendorMaxBytes = 2_048

/** Below this a message could not even say which alert it is about. */
const leastMaxBytes = 256

/** `messageMaxSize`, kept between 256 and the vendor's own limit. */
export function maxMessageBytes({ messageMaxSize = vendorMaxBytes }: WechatOptions): number {
  return Math.min(Math.max(messageMaxSize, leastMaxBytes), vendorMaxBytes)
}

/** As the vendor's tokens last, which is two hours: https://developer.work.weixin.qq.com/document/path/91039 */
const defaultTokenMs = 7_200_000

/** `tokenExpires` in milliseconds; absent or zero means two hours. */
export function maxTokenAgeMs({ tokenExpires = 0 }: WechatOptions): number {
  const ms = durationMs(tokenExpires, 'ns')
  return ms > 0 ? ms : defaultTokenMs
}
