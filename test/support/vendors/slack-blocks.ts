import { asObject } from './trouble.ts'

type Fields = Readonly<Record<string, unknown>>

/** Why Slack would refuse blocks, with the words it gives in `response_metadata.messages`; undefined when it takes them. */
export function faultInBlocks(value: unknown, at = '/blocks'): string | undefined {
  if (!Array.isArray(value)) return `must be an array [json-pointer:${at}]`
  if (value.length === 0) return `must have at least 1 item [json-pointer:${at}]`
  if (value.length > 50) return `no more than 50 items allowed [json-pointer:${at}]`
  return first(value.map((block, index) => faultInBlock(asObject(block), `${at}/${index}`)))
}

function faultInBlock(block: Fields | undefined, at: string): string | undefined {
  switch (block?.['type']) {
    case 'section':
      return faultInSection(block, at)
    case 'context':
      return onlyFields(block, ['type', 'elements'], at) ?? faultInTexts(block['elements'], 10, 3_000, `${at}/elements`)
    case 'header':
      return faultInText(block['text'], 150, `${at}/text`)
    case 'divider':
      return onlyFields(block, ['type'], at)
    default:
      return `unsupported type [json-pointer:${at}/type]`
  }
}

function faultInSection(section: Fields, at: string): string | undefined {
  const { text, fields } = section
  if (text === undefined && fields === undefined) return `text or fields must be there [json-pointer:${at}]`
  return first([
    onlyFields(section, ['type', 'text', 'fields', 'block_id'], at),
    text === undefined ? undefined : faultInText(text, 3_000, `${at}/text`),
    fields === undefined ? undefined : faultInTexts(fields, 10, 2_000, `${at}/fields`),
  ])
}

function faultInTexts(value: unknown, most: number, chars: number, at: string): string | undefined {
  if (!Array.isArray(value) || value.length === 0) return `must have at least 1 item [json-pointer:${at}]`
  if (value.length > most) return `no more than ${most} items allowed [json-pointer:${at}]`
  return first(value.map((text, index) => faultInText(text, chars, `${at}/${index}`)))
}

function faultInText(value: unknown, chars: number, at: string): string | undefined {
  const text = asObject(value)
  const content = text?.['text']
  if (text?.['type'] !== 'mrkdwn' && text?.['type'] !== 'plain_text') return `must be a text [json-pointer:${at}/type]`
  if (typeof content !== 'string' || content === '') return `must be more than 0 characters [json-pointer:${at}/text]`
  if (Array.from(content).length > chars) return `must be less than ${chars + 1} characters [json-pointer:${at}/text]`
  return onlyFields(text, ['type', 'text', 'verbatim', 'emoji'], at)
}

/** Why Slack would refuse attachments. */
export function faultInAttachments(value: unknown): string | undefined {
  if (!Array.isArray(value)) return 'must be an array [json-pointer:/attachments]'
  return first(
    value.map((found, index) => {
      const at = `/attachments/${index}`
      const attachment = asObject(found)
      if (attachment === undefined) return `must be an object [json-pointer:${at}]`
      const { color, fallback, blocks } = attachment
      if (typeof color !== 'string' || !/^#[\da-f]{6}$/u.test(color)) return `no color [json-pointer:${at}/color]`
      if (typeof fallback !== 'string' || fallback === '') return `no fallback [json-pointer:${at}/fallback]`
      if (Array.isArray(blocks) && blocks.length > 20) return `more than 20 blocks [json-pointer:${at}/blocks]`
      return onlyFields(attachment, ['color', 'fallback', 'blocks'], at) ?? faultInBlocks(blocks, `${at}/blocks`)
    }),
  )
}

function onlyFields(object: Fields, names: readonly string[], at: string): string | undefined {
  const other = Object.keys(object).find((name) => !names.includes(name))
  return other === undefined ? undefined : `unexpected field ${other} [json-pointer:${at}]`
}

function first(faults: readonly (string | undefined)[]): string | undefined {
  return faults.find((fault) => fault !== undefined)
}

/** Every text of a message that is shown, in order. */
export function textsOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(textsOf)
  const object = asObject(value)
  if (object === undefined) return []
  return Object.entries(object).flatMap(([name, found]) =>
    (name === 'text' || name === 'fallback') && typeof found === 'string' ? [found] : textsOf(found),
  )
}

/** What Slack would parse in a text: mentions of people and channels, links, dates; and whether anything is broken. */
export function parseMrkdwn(text: string): {
  readonly mentions: readonly string[]
  readonly links: readonly string[]
  readonly broken: boolean
} {
  const tokens = text.match(/<[^<>]*>/gu) ?? []
  const rest = text.replaceAll(/<[^<>]*>/gu, '').replaceAll(/&(?:amp|lt|gt);/gu, '')
  return {
    mentions: tokens.filter((token) => /^<[@#!]/u.test(token) && !token.startsWith('<!date^')),
    links: tokens.filter((token) => /^<(?:https?:|mailto:)/u.test(token)),
    broken: /[&<>]/u.test(rest) || tokens.some((token) => !/^<(?:https?:\/\/|mailto:|[@#!])/u.test(token)),
  }
}
