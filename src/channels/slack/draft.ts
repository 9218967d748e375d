import { limits } from './limits.ts'
import { section, type SlackAttachment, type SlackBlock } from './message.ts'

/** The attachments of one message as it fills up. What does not fit is not taken, unless the message is still empty. */
export interface Draft {
  /** An alert whole, with a bar of its own. False when there is no room. */
  addWhole(attachment: SlackAttachment): boolean
  /** An alert on a line, under the bar of its colour when that is the last one. False when there is no room. */
  addLine(colour: string, line: string): boolean
  attachments(): readonly SlackAttachment[]
}

/** Alerts on lines under one bar; each section is one block. */
interface Lines {
  readonly colour: string
  readonly sections: string[]
}

/** What something adds to a message. */
interface Cost {
  readonly attachments: number
  readonly blocks: number
  readonly size: number
}

/** A draft beside blocks that are already in the message. */
export function createDraft(beside: readonly SlackBlock[]): Draft {
  const bars: (SlackAttachment | Lines)[] = []
  let spent: Cost = { attachments: 0, blocks: beside.length, size: sizeOf(beside) }

  function spend(cost: Cost): boolean {
    const attachments = spent.attachments + cost.attachments
    const blocks = spent.blocks + cost.blocks
    const size = spent.size + cost.size
    const fits = attachments <= limits.attachments && blocks <= limits.blocks && size <= limits.message
    if (!fits && bars.length > 0) return false
    spent = { attachments, blocks, size }
    return true
  }

  return {
    addWhole(attachment) {
      const { blocks, fallback } = attachment
      if (!spend({ attachments: 1, blocks: blocks.length, size: sizeOf(blocks) + fallback.length })) return false
      bars.push(attachment)
      return true
    },
    addLine(colour, line) {
      const open = linesOf(bars.at(-1), colour)
      const last = open?.sections.at(-1) ?? ''
      if (open !== undefined && last.length + 1 + line.length <= limits.sectionText) {
        if (!spend({ attachments: 0, blocks: 0, size: 1 + line.length })) return false
        open.sections.splice(-1, 1, `${last}\n${line}`)
        return true
      }
      const full = open === undefined || open.sections.length >= limits.blocksOfAttachment
      if (!spend({ attachments: full ? 1 : 0, blocks: 1, size: line.length + limits.perBlock })) return false
      if (full) bars.push({ colour, sections: [line] })
      else open.sections.push(line)
      return true
    },
    attachments: () => bars.map((bar) => ('sections' in bar ? toAttachment(bar) : bar)),
  }
}

function linesOf(bar: SlackAttachment | Lines | undefined, colour: string): Lines | undefined {
  return bar !== undefined && 'sections' in bar && bar.colour === colour ? bar : undefined
}

function toAttachment({ colour, sections }: Lines): SlackAttachment {
  const count = sections.join('\n').split('\n').length
  return { color: colour, fallback: `${count} ${count === 1 ? 'alert' : 'alerts'}`, blocks: sections.map(section) }
}

/** Text, and what blocks count for beside it. */
function sizeOf(blocks: readonly SlackBlock[]): number {
  return blocks.reduce((sum, block) => sum + limits.perBlock + textsOf(block).join('').length, 0)
}

function textsOf(block: SlackBlock): readonly string[] {
  if (block.type === 'context') return block.elements.map(({ text }) => text)
  return 'fields' in block ? block.fields.map(({ text }) => text) : [block.text.text]
}
