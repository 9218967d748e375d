import { type Spec } from './channel.ts'
import { compact, shown, type Fields } from './fields.ts'

/** Options of one channel that say the same here. */
const kept: Readonly<Record<string, readonly string[]>> = {
  global: ['templateFile', 'template', 'cluster'],
  email: ['notificationTimeout', 'template', 'subjectTemplate', 'maxEmailReceivers'],
  wechat: ['notificationTimeout', 'template', 'messageMaxSize', 'tokenExpires'],
  slack: ['notificationTimeout', 'template'],
  webhook: ['notificationTimeout', 'template'],
  dingtalk: [
    'notificationTimeout',
    'template',
    'tokenExpires',
    'conversationMessageMaxSize',
    'chatbotMessageMaxSize',
    'chatBotThrottle',
    'conversationThrottle',
  ],
}

const absentChannels = ['feishu', 'pushover', 'sms', 'telegram', 'discord']

/** The format of a channel's messages, the only one there is. */
const formats: Readonly<Record<string, string>> = { email: 'html', wechat: 'text', dingtalk: 'text' }

/** Options of all channels. Mails stay one an address, so that nobody comes to see the others' addresses. */
export function takeOptions(source: Fields): Spec {
  const part = source.below('options')
  const specs: Record<string, Spec> = {}
  const email = part?.below('email')
  for (const [channel, names] of Object.entries(kept)) {
    const block = channel === 'email' ? email : part?.below(channel)
    if (block === undefined) continue
    specs[channel] = compact(Object.fromEntries(names.map((name) => [name, block.take(name)])))
    giveUnsupported(block, channel)
  }
  for (const channel of absentChannels) {
    part?.give('lost', channel, () => ({
      was: `options of ${channel}`,
      became: 'left out: there is no such channel',
      remedy: 'see what the report says about its receivers',
    }))
  }
  return { ...specs, email: takeDelivery(email ?? part ?? source, specs['email'] ?? {}) }
}

function giveUnsupported(block: Fields, channel: string): void {
  if (block.take('tmplType') !== formats[channel]) {
    block.give('lost', 'tmplType', (value) => ({
      was: shown(value),
      became: `messages are ${formats[channel] ?? 'text'}`,
      remedy: 'name a template of your own in `template` to shape them',
    }))
  }
  block.give('lost', 'titleTemplate', (value) => ({
    was: `the template ${shown(value)}`,
    became: 'left out: messages of this channel have no title',
    remedy: 'put it into the template',
  }))
}

function takeDelivery(block: Fields, options: Spec): Spec {
  const written = block.take('deliveryType')
  if (typeof written !== 'string' || written.toLowerCase() !== 'single') {
    block.tell('changed', {
      was: `deliveryType ${written === undefined ? 'absent' : shown(written)}, and every address got a mail of its own`,
      became: 'deliveryType single, which says so',
      remedy: 'write bulk if the addresses of a receiver may see each other',
    })
  }
  return { ...options, deliveryType: 'single' }
}
