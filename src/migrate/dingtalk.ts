import { giveFormat, giveTitle, takeTexts, type ChannelMigration, type Spec } from './channel.ts'
import { type Credentials } from './credential.ts'
import { compact, countOf, type Fields } from './fields.ts'

/** DingTalk; a receiver posts to one conversation here, so several conversations make several receivers. */
export const dingtalk: ChannelMigration = {
  name: 'dingtalk',
  configKind: 'DingTalkConfig',
  receiverKind: 'DingTalkReceiver',
  configSelectorField: 'dingtalkConfigSelector',
  config(source, credentials) {
    const part = source.below('conversation')
    if (part === undefined) return {}
    const [appkey, appsecret] = [credentials.take(part, 'appkey'), credentials.take(part, 'appsecret')]
    return { conversation: compact({ appkey, appsecret }) }
  },
  receivers(source, credentials) {
    giveTitle(source, 'titleTemplate', 'messages are text and have no title; put it into the template')
    giveFormat(source, 'text')
    const chatbot = takeChatbot(source, credentials)
    const conversation = source.below('conversation')
    const chatids = conversation === undefined ? [] : takeTexts(conversation, 'chatids')
    const conversations = chatids.map((chatid): Spec => ({ conversation: { chatid } }))
    return chatbot === undefined ? conversations : [{ chatbot, ...conversations[0] }, ...conversations.slice(1)]
  },
}

function takeChatbot(source: Fields, credentials: Credentials): Spec | undefined {
  const part = source.below('chatbot')
  if (part === undefined) return undefined
  for (const name of ['atMobiles', 'atUsers', 'atAll']) {
    if (part.take(name) === false) continue
    part.give('lost', name, (value) => ({
      was: value === true ? 'a mention of everybody' : countOf(value, 'mention'),
      became: 'messages mention nobody',
      remedy: 'let the group of the chatbot notify its members',
    }))
  }
  return compact({
    webhook: credentials.take(part, 'webhook'),
    keywords: part.take('keywords'),
    secret: credentials.take(part, 'secret'),
  })
}
