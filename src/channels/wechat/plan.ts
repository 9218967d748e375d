import { SecretText } from '../../model/secret.ts'
import { type SecretKeyRef } from '../../model/fragments.ts'
import { type Part, type PlanInput } from '../channel.ts'
import { chatTextOf } from '../chat-text.ts'
import { utf8Bytes } from '../measure.ts'
import { createUntoldMessages } from '../untold-messages.ts'
import { maxMessageBytes, maxTokenAgeMs } from './limits.ts'
import { type WechatConfigSpec, type WechatOptions, type WechatReceiverSpec } from './schema.ts'
import { chunkTargets, describeTargets, joinIds, nameOf, targetsOf, type Target } from './targets.ts'

export const defaultTemplate = 'nm.default.text'
const defaultApiUrl = 'https://qyapi.weixin.qq.com/cgi-bin/'

/** One message of an app to users, departments and tags. Lists are separated by `|`. */
export interface WechatRequest {
  /** `scheme://host:port` of the API, for people. */
  readonly origin: string
  /** Base address of the API; kept from sight because the addresses of relays are often keys. */
  readonly apiUrl: SecretText
  readonly corpId: string
  readonly agentId: string
  readonly secret: SecretKeyRef
  readonly toUser: string
  readonly toParty: string
  readonly toTag: string
  readonly text: string
  /** Whether this is the last message to these targets: who could not be told is said once, with it. */
  readonly last: boolean
  readonly maxTokenAgeMs: number
}

type Input = PlanInput<WechatConfigSpec, WechatReceiverSpec, WechatOptions>

/**
 * The messages that not all targets have yet. Marks name each target with the alerts that it was told: so a retry leaves out
 * exactly those who have them, also when the receiver's lists, the template or the limit changed between two attempts.
 */
export function planMessages(input: Input): readonly Part<WechatRequest>[] {
  const { receiver, config, options, notification, done } = input
  if (config === undefined) throw new Error('a WeChat Work message was planned without its config')
  const apiUrl = config.wechatApiUrl ?? defaultApiUrl
  const common = {
    origin: new URL(apiUrl).origin,
    apiUrl: new SecretText(apiUrl),
    corpId: config.wechatApiCorpId,
    agentId: config.wechatApiAgentId,
    secret: config.wechatApiSecret,
    maxTokenAgeMs: maxTokenAgeMs(options),
  }
  const untold = createUntoldMessages({
    group: notification.group,
    limit: maxMessageBytes(options),
    measure: utf8Bytes,
    markup: 'html',
    render: renderer(input),
    done,
  })
  return groupByTold(targetsOf(receiver), done).flatMap((alike) => {
    const [first] = alike
    if (first === undefined) return []
    const name = nameOf(first)
    const messages = untold(name)
    return chunkTargets(alike).flatMap((targets) =>
      messages.map(({ text, mark }, index) => ({
        marks: targets.map((target) => nameOf(target) + mark.slice(name.length)),
        summary: `1 WeChat Work message to ${describeTargets(targets)}`,
        request: {
          ...common,
          toUser: joinIds(targets, 'user'),
          toParty: joinIds(targets, 'party'),
          toTag: joinIds(targets, 'tag'),
          text,
          last: index === messages.length - 1,
        },
      })),
    )
  })
}

/**
 * The text about some alerts. The default template has no markup, so that `<a>` in it comes from an alert: it is kept from
 * becoming a link that says one address and leads to another.
 */
function renderer({ templates, render }: Input): (group: Input['notification']['group']) => string {
  const template = templates['body'] ?? defaultTemplate
  return (group) => {
    const { text, fallback } = render(template, 'text', group)
    const shown = chatTextOf(text, template)
    return template === defaultTemplate || fallback !== undefined ? withoutLinks(shown) : shown
  }
}

function withoutLinks(text: string): string {
  return text.replace(/<(?=\/?a[\s>/])/giu, '<\u200B')
}

/** Targets that have been told the same so far, in the order of their first. */
function groupByTold(targets: readonly Target[], done: ReadonlySet<string>): readonly (readonly Target[])[] {
  const told = new Map<string, string[]>()
  for (const mark of done) {
    const border = mark.lastIndexOf(' alerts ')
    if (border < 0) continue
    const name = mark.slice(0, border)
    const known = told.get(name)
    if (known === undefined) told.set(name, [mark.slice(border)])
    else known.push(mark.slice(border))
  }
  return [...Map.groupBy(targets, (target) => (told.get(nameOf(target)) ?? []).toSorted().join('\n')).values()]
}
