import { giveFormat, takeTexts, type ChannelMigration } from './channel.ts'
import { compact, countOf, type Fields } from './fields.ts'

/** WeChat Work; its lists are one text each here, separated by `|`. */
export const wechat: ChannelMigration = {
  name: 'wechat',
  configKind: 'WechatConfig',
  receiverKind: 'WechatReceiver',
  configSelectorField: 'wechatConfigSelector',
  config: (source, credentials) =>
    compact({
      wechatApiUrl: source.take('wechatApiUrl'),
      wechatApiCorpId: source.take('wechatApiCorpId'),
      wechatApiAgentId: source.take('wechatApiAgentId'),
      wechatApiSecret: credentials.take(source, 'wechatApiSecret'),
    }),
  receivers(source) {
    giveFormat(source, 'text')
    source.below('chatbot')?.ignore()
    source.give('lost', 'chatbot', () => ({
      was: 'a chatbot',
      became: 'left out: only the messages of an app are sent',
      remedy: 'name the users, departments or tags in toUser, toParty or toTag',
    }))
    const targets = compact({
      toUser: joined(source, 'toUser'),
      toParty: joined(source, 'toParty'),
      toTag: joined(source, 'toTag'),
    })
    return Object.keys(targets).length === 0 ? [] : [targets]
  },
}

/** An id that holds the separator would become two others: it is left out. */
function joined(source: Fields, name: string): string | undefined {
  const ids = takeTexts(source, name)
  const kept = ids.filter((id) => !id.includes('|'))
  if (kept.length < ids.length) {
    source.tell('lost', {
      was: `${countOf(ids, 'id')} in ${name}, some of them with a | inside`,
      became: `${kept.length} of them are kept`,
      remedy: 'write one id an item, and migrate again',
    })
  }
  return kept.length === 0 ? undefined : kept.join('|')
}
