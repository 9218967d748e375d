import { type Credentials } from './credential.ts'
import { countOf, shown, type Fields } from './fields.ts'

/** A spec of one object. */
export type Spec = Readonly<Record<string, unknown>>

/** How one channel's parts of a Config and a Receiver are carried over. */
export interface ChannelMigration {
  /** The field of `spec` that holds the channel. */
  readonly name: string
  readonly configKind: string
  readonly receiverKind: string
  readonly configSelectorField: string
  config(source: Fields, credentials: Credentials): Spec | undefined
  /** The receiver's own fields, without the selectors. Several when one object cannot say all; none when nothing is left. */
  receivers(source: Fields, credentials: Credentials): readonly Spec[]
}

/** v2alpha1 writes ports as text. */
export function takePort(source: Fields): unknown {
  const port = source.take('port')
  return typeof port === 'number' ? String(port) : port
}

/** Takes the texts of a list, each once; other items are reported as lost. */
export function takeTexts(source: Fields, name: string): readonly string[] {
  const items = source.list(name)
  const texts = items.map(({ value }) => value).filter((value) => typeof value === 'string' && value.trim() !== '')
  if (texts.length < items.length) {
    source.tell('lost', {
      was: `${countOf(items, 'item')} in ${name}, not all of them text`,
      became: `${texts.length} of them are kept`,
      remedy: `write text in ${name}, and migrate again`,
    })
  }
  return [...new Set(texts as string[])]
}

/** Reports the format of a message, which is not chosen by receivers here. `own` is the format that it has here. */
export function giveFormat(source: Fields, own: string): void {
  if (source.take('tmplType') === own) return
  source.give('lost', 'tmplType', (value) => ({
    was: shown(value),
    became: `messages of this channel are ${own}`,
    remedy: 'name a template of your own in `template` to shape the message',
  }))
}

/** Reports the template of a title or subject, which is not chosen by receivers here. */
export function giveTitle(source: Fields, name: string, remedy: string): void {
  source.give('lost', name, (value) => ({ was: `the template ${shown(value)}`, became: 'left out', remedy }))
}
