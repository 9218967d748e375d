import { type Emitter } from 'liquidjs'
import { textOf, type Charge } from './text-of.ts'

/** Output that is refused beyond `maxChars` characters, before it is built. */
export function createOutput(maxChars: number, charge: Charge): Emitter {
  return {
    buffer: '',
    write(this: Emitter, value: unknown) {
      const text = asText(value, charge)
      if (this.buffer.length + text.length > maxChars) {
        throw new Error(`the message is longer than ${maxChars} characters`)
      }
      this.buffer += text
    },
  }
}

/** Output that a variable keeps: all of it counts as memory, the template's own text too. */
export function createKeptOutput(charge: Charge): Emitter {
  return {
    buffer: '',
    write(this: Emitter, value: unknown) {
      const text = asText(value, charge)
      charge(text.length)
      this.buffer += text
    },
  }
}

function asText(value: unknown, charge: Charge): string {
  return typeof value === 'string' ? value : textOf(value, charge)
}
