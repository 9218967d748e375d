import { attributeKind, type AttributeKind } from './attributes.ts'
import { stepCss, type CssPlace } from './css.ts'

/** Where in HTML a place is. */
export type HtmlState = 'text' | 'tag' | 'attributeName' | 'afterName' | 'beforeValue' | 'value' | 'comment' | 'special'

/** What ends an attribute's value; `space` for one without quotes. */
export type Delimiter = '"' | "'" | 'space'

/** How far into an address a place is: html/template escapes the query differently. */
export type UrlPart = 'begin' | 'path' | 'query'

type Special = 'script' | 'style' | 'textarea' | 'title'

const specials: ReadonlySet<string> = new Set(['script', 'style', 'textarea', 'title'])

const tag = /<(?:!--|(\/?)([A-Za-z](?:[A-Za-z0-9]|[:-](?=[A-Za-z0-9]))*))/g
const blank = /[ \t\n\f\r]*/y
const attributeName = /[^ \t\n\f\r=>'"<]*/y

/**
 * Follows the fixed text of an HTML template, so that each value can be escaped for the place where it stands, by the rules of
 * https://pkg.go.dev/html/template.
 */
export class HtmlScanner {
  state: HtmlState = 'text'
  delimiter: Delimiter | undefined
  attribute: AttributeKind = 'plain'
  element: Special | undefined
  css: CssPlace = 'value'
  urlPart: UrlPart = 'begin'

  /** Takes a piece of fixed text; gives what html/template prints for it: without comments, and `<` that begins no tag as `&lt;`. */
  feed(text: string): string {
    let output = ''
    for (let place = 0; place < text.length;) {
      const step = this.#step(text, place)
      output += step.output
      place = step.end
    }
    return output
  }

  /** Decides what a value that comes next is: an attribute's value without quotes, or its name. */
  nudge(): void {
    if (this.state === 'beforeValue') this.#beginValue('space')
    else if (this.state === 'tag' || this.state === 'afterName') this.state = 'attributeName'
  }

  #step(text: string, place: number): Step {
    switch (this.state) {
      case 'text':
        return this.#text(text, place)
      case 'special':
        return this.#special(text, place)
      case 'comment':
        return this.#comment(text, place)
      case 'tag':
      case 'attributeName':
      case 'afterName':
        return this.#tag(text, place)
      case 'beforeValue':
        return this.#beforeValue(text, place)
      case 'value':
        return this.#value(text, place)
    }
  }

  #text(text: string, place: number): Step {
    tag.lastIndex = place
    const found = tag.exec(text)
    if (found === null) return { output: withoutStrayTags(text.slice(place)), end: text.length }
    const output = withoutStrayTags(text.slice(place, found.index))
    const [whole, slash, name = ''] = found
    if (whole === '<!--') {
      this.state = 'comment'
      return { output, end: tag.lastIndex }
    }
    this.state = 'tag'
    const lower = name.toLowerCase()
    this.element = slash === '' && specials.has(lower) ? (lower as Special) : undefined
    return { output: output + whole, end: tag.lastIndex }
  }

  #comment(text: string, place: number): Step {
    const end = text.indexOf('-->', place)
    if (end === -1) return { output: '', end: text.length }
    this.state = 'text'
    return { output: '', end: end + 3 }
  }

  /** The inside of an element whose text is not HTML, up to its closing tag. */
  #special(text: string, place: number): Step {
    const closing = new RegExp(`</${this.element ?? ''}[> \\t\\n\\f/]`, 'i').exec(text.slice(place))
    const end = closing === null ? text.length : place + closing.index
    if (end === place) {
      this.state = 'text'
      this.element = undefined
      return { output: '', end }
    }
    const inside = text.slice(place, end)
    if (this.element === 'style') return { output: this.#styles(inside), end }
    return { output: this.element === 'script' ? inside : withoutStrayTags(inside), end }
  }

  #styles(text: string): string {
    let output = ''
    for (let rest = text; rest !== '';) {
      const step = stepCss(this.css, rest)
      this.css = step.place
      output += rest.slice(0, step.kept) + step.instead
      rest = rest.slice(step.length)
    }
    return output
  }

  #tag(text: string, place: number): Step {
    const start = place + take(blank, text, place).length
    const character = text.charAt(start)
    if (character === '') return { output: text.slice(place), end: start }
    if (character === '>') {
      this.state = this.element === undefined ? 'text' : 'special'
      this.css = 'value'
      return { output: text.slice(place, start + 1), end: start + 1 }
    }
    if (character === '=' && this.state !== 'tag') {
      this.state = 'beforeValue'
      return { output: text.slice(place, start + 1), end: start + 1 }
    }
    const name = take(attributeName, text, start)
    if (name === '') throw new Error(`this is no HTML: ${JSON.stringify(text.slice(start, start + 20))} inside a tag`)
    this.attribute = attributeKind(name)
    this.state = 'afterName'
    return { output: text.slice(place, start + name.length), end: start + name.length }
  }

  #beforeValue(text: string, place: number): Step {
    const start = place + take(blank, text, place).length
    const character = text.charAt(start)
    if (character === '') return { output: text.slice(place), end: start }
    const quoted = character === '"' || character === "'"
    this.#beginValue(quoted ? character : 'space')
    const end = start + (quoted ? 1 : 0)
    return { output: text.slice(place, end), end }
  }

  #beginValue(delimiter: Delimiter): void {
    this.state = 'value'
    this.delimiter = delimiter
    this.css = 'value'
    this.urlPart = 'begin'
  }

  #value(text: string, place: number): Step {
    const closing = this.delimiter === 'space' ? /[ \t\n\f\r>]/ : this.delimiter === '"' ? /"/ : /'/
    const found = closing.exec(text.slice(place))
    const end = found === null ? text.length : place + found.index
    this.#follow(text.slice(place, end))
    if (found === null) return { output: text.slice(place), end }
    this.state = 'tag'
    const after = this.delimiter === 'space' ? end : end + 1
    this.delimiter = undefined
    return { output: text.slice(place, after), end: after }
  }

  /** Keeps track inside an attribute's value. */
  #follow(value: string): void {
    const plain = value.replace(/&(?:quot|#34);/g, '"').replace(/&(?:apos|#39);/g, "'")
    if (this.attribute === 'css') {
      for (let rest = plain; rest !== '';) {
        const step = stepCss(this.css, rest)
        this.css = step.place
        rest = rest.slice(step.length)
      }
    }
    if (/[#?]/.test(plain.replace(/&#?\w+;/g, '&'))) this.urlPart = 'query'
    else if (this.urlPart === 'begin' && /[^ \t\n\f\r]/.test(plain)) this.urlPart = 'path'
  }
}

interface Step {
  readonly output: string
  readonly end: number
}

function take(pattern: RegExp, text: string, place: number): string {
  pattern.lastIndex = place
  return pattern.exec(text)?.[0] ?? ''
}

/** `<` that begins nothing is text. */
function withoutStrayTags(text: string): string {
  return text.replace(/<(?!!doctype)/gi, '&lt;')
}
