import { type AnyChannel } from './channel.ts'
import { dingtalk } from './dingtalk/dingtalk.ts'
import { email } from './email/email.ts'
import { slack } from './slack/slack.ts'
import { webhook } from './webhook/webhook.ts'
import { wechat } from './wechat/wechat.ts'

/** Every way out, in the order in which options, pages and listings show them. */
export const channels: readonly AnyChannel[] = [email, wechat, slack, webhook, dingtalk]
