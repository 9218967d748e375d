import { chatText } from '../chat-text.ts'
import { type Measure } from '../measure.ts'

/** The keywords of a robot, of which it wants at least one in every message. */
export interface Keywords {
  /** What `complete` adds at most. */
  readonly reserve: number
  /** The text with the keywords behind it that it lacks. */
  complete(text: string): string
}

/**
 * Keywords, each once, as many as fit into `room`. A robot asks for one of its own keywords only, but which of those declared here
 * are its own is not known, so that each that is missing is added. How the vendor compares is not documented: upper and lower case
 * are told apart here, for then a keyword is at worst said twice.
 * https://open.dingtalk.com/document/robots/customize-robot-security-settings
 */
export function createKeywords(declared: readonly string[], room: number, measure: Measure): Keywords {
  const unique = new Set(declared.map((keyword) => chatText(keyword).trim()).filter((keyword) => keyword !== ''))
  const fitting: string[] = []
  for (const keyword of unique) {
    if (measure(ending([...fitting, keyword])) <= room) fitting.push(keyword)
  }
  return {
    reserve: measure(ending(fitting)),
    complete: (text) => text + ending(fitting.filter((keyword) => !text.includes(keyword))),
  }
}

function ending(keywords: readonly string[]): string {
  return keywords.length === 0 ? '' : `\n\n[Keywords] ${keywords.join(', ')}`
}
