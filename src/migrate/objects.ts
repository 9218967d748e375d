import { type Classes } from './classes.ts'
import { type ChannelMigration, type Spec } from './channel.ts'
import { type Credentials } from './credential.ts'
import { dingtalk } from './dingtalk.ts'
import { email } from './email.ts'
import { compact, countOf, shown, type Fields } from './fields.ts'
import { takeSelector } from './selector.ts'
import { slack } from './slack.ts'
import { webhook } from './webhook.ts'
import { wechat } from './wechat.ts'

const channels: readonly ChannelMigration[] = [dingtalk, email, slack, webhook, wechat]

/** Channels of v2beta2 that are not here. */
const absent = ['discord', 'feishu', 'pushover', 'sms', 'telegram']

/** One object to be written. */
export interface Draft {
  readonly kind: string
  readonly spec: Spec
  readonly channel: string
  /** Its place among those of the same kind that the same object made; above 0 its name needs a suffix. */
  readonly place: number
}

/** The objects that a Config makes: one a channel. */
export function migrateConfig(source: Fields, credentials: Credentials): readonly Draft[] {
  const drafts = channels.flatMap((channel): Draft[] => {
    const part = source.below(channel.name)
    if (part === undefined) return []
    // Configs are selected by their metadata's labels; these never counted.
    part.give('changed', 'labels', (value) => ({
      was: `${countOf(value, 'label')} that had no effect`,
      became: 'left out',
      remedy: 'put them into metadata.labels if configs should be selected by them',
    }))
    const spec = channel.config(part, credentials)
    return spec === undefined ? [] : [{ kind: channel.configKind, spec, channel: channel.name, place: 0 }]
  })
  giveAbsent(source)
  return drafts
}

/** What a Receiver needs to know of the others. */
export interface ReceiverSurroundings {
  readonly labels: ReadonlyMap<string, string>
  readonly classes: Classes
  /** Whether a tenant has a config of a channel. */
  hasConfig(channel: string, tenant: string): boolean
}

/** Receivers that one Receiver may become; each is an object to store and route to. */
const maxReceivers = 100

/** The objects that a Receiver makes: one a channel, more where an object here says less. */
export function migrateReceiver(
  source: Fields,
  credentials: Credentials,
  surroundings: ReceiverSurroundings,
): readonly Draft[] {
  const drafts = channels.flatMap((channel): readonly Draft[] => {
    const part = source.below(channel.name)
    if (part === undefined) return []
    const shared = takeShared(part, channel, surroundings)
    if (shared === undefined) {
      part.ignore()
      return []
    }
    const specs = channel.receivers(part, credentials)
    tellCount(part, channel, specs.length)
    return specs.slice(0, maxReceivers).map((spec, place) => ({
      kind: channel.receiverKind,
      spec: { ...spec, ...shared },
      channel: channel.name,
      place,
    }))
  })
  giveAbsent(source)
  return drafts
}

/** The fields that every receiver has; undefined when the receiver must be left out. */
function takeShared(part: Fields, channel: ChannelMigration, surroundings: ReceiverSurroundings): Spec | undefined {
  if (part.take('enabled') === false) {
    part.tell('changed', {
      was: 'enabled: false',
      became: 'left out',
      remedy: 'nothing, unless it should be told again',
    })
    return undefined
  }
  const alerts = takeSelector(part, 'alertSelector')
  const configs = takeSelector(part, channel.configSelectorField)
  if (alerts === 'untranslatable' || configs === 'untranslatable') {
    part.tell('lost', {
      was: `a receiver whose ${alerts === 'untranslatable' ? 'alertSelector' : channel.configSelectorField} cannot be said here`,
      became: 'left out: without that selector it would be told about other alerts, or use another account',
      remedy: 'rewrite the selector, and migrate again',
    })
    return undefined
  }
  part.give('lost', 'tmplText', () => ({
    was: 'templates of its own in a ConfigMap',
    became: 'left out',
    remedy:
      'mount the ConfigMap, and name its files in receivers.options.global.templateFile of the NotificationManager',
  }))
  return compact({
    [channel.configSelectorField]: configs.selector ?? ownConfigs(part, channel, surroundings),
    alertSelector: alerts.selector,
    template: takeTemplate(part),
  })
}

/** Without a selector a tenant's receiver used its tenant's own configs first; here it would use the default one. */
function ownConfigs(part: Fields, channel: ChannelMigration, surroundings: ReceiverSurroundings): unknown {
  const { classes, labels, hasConfig } = surroundings
  const tenant = classes.tenantOf(labels)
  if (tenant === undefined || classes.tenantKey === undefined || !hasConfig(channel.name, tenant)) return undefined
  part.tell('changed', {
    was: `without ${channel.configSelectorField}, and then the configs of tenant ${shown(tenant)} came first`,
    became: `it selects label ${classes.tenantKey}: ${shown(tenant)}, which means the same`,
    remedy: 'nothing',
  })
  return { matchLabels: { [classes.tenantKey]: tenant } }
}

function takeTemplate(part: Fields): unknown {
  const template = part.take('template')
  if (typeof template !== 'string' || !/\bnm\.(?:default\.markdown|feishu\.\w+)\b/u.test(template)) return template
  part.tell('lost', {
    was: `the template ${shown(template)}, which is not built in here`,
    became: "left out: the channel's default is used",
    remedy: 'define a template of that name in a file, and name it again',
  })
  return undefined
}

function tellCount(part: Fields, channel: ChannelMigration, count: number): void {
  if (count === 0) {
    part.tell('lost', {
      was: 'a receiver with nobody to tell by this channel',
      became: 'left out',
      remedy: 'see the other lines about it, and migrate again',
    })
  }
  if (count > 1) {
    part.tell(count > maxReceivers ? 'lost' : 'changed', {
      was: `one receiver with ${count} targets`,
      became: `${Math.min(count, maxReceivers)} objects of kind ${channel.receiverKind}, their names with suffixes`,
      remedy: count > maxReceivers ? 'write several Receivers, and migrate again' : 'name them as you like',
    })
  }
}

function giveAbsent(source: Fields): void {
  for (const name of absent) {
    source.give('lost', name, () => ({
      was: `the channel ${name}`,
      became: 'left out: there is no such channel',
      remedy: `tell by ${channels.map((channel) => channel.name).join(', ')}; a webhook may lead to a bridge`,
    }))
  }
}
