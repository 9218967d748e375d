import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SettingsError } from '../model/errors.ts'
import { type CaughtMessage } from '../model/mailbox.ts'
import { type Logger } from '../model/ports.ts'

/** Where messages outlive the process. */
export interface Shelf {
  /** The messages of earlier lives, oldest first. */
  load(): readonly CaughtMessage[]
  /** Kept against the death of the process when it returns. */
  save(message: CaughtMessage): void
  remove(id: string): void
}

/** Forgets everything with the process. */
export const noShelf: Shelf = { load: () => [], save: () => undefined, remove: () => undefined }

const fileName = /^m(\d{1,15})\.json$/u

/**
 * One file a message in the folder `mailbox` below `directory`. Calls block: messages are few and small, and a sender gets its
 * answer only when its message is safe. Throws SettingsError when the folder cannot be made.
 */
export function createShelf({ directory, logger }: { readonly directory: string; readonly logger: Logger }): Shelf {
  const folder = join(directory, 'mailbox')
  try {
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    throw new SettingsError(`--data: ${directory} cannot be written (${(error as NodeJS.ErrnoException).code ?? ''})`)
  }

  function read(name: string): readonly CaughtMessage[] {
    try {
      return [parse(readFileSync(join(folder, name), 'utf8'), name.replace('.json', ''))]
    } catch (error) {
      logger.warn({ file: join(folder, name), reason: String(error) }, 'Message cannot be read, it is left out')
      return []
    }
  }

  return {
    load: () =>
      readdirSync(folder)
        .filter((name) => fileName.test(name))
        .sort((a, b) => placeOf(a) - placeOf(b))
        .flatMap(read),
    save(message) {
      const file = join(folder, `${message.id}.json`)
      // A rename is whole or not at all, so that a kill never leaves half a message.
      writeFileSync(`${file}.part`, JSON.stringify({ ...message, headers: [...message.headers] }))
      renameSync(`${file}.part`, file)
    },
    remove: (id) => rmSync(join(folder, `${id}.json`), { force: true }),
  }
}

function placeOf(name: string): number {
  return Number(fileName.exec(name)?.[1] ?? 0)
}

/** Only what `save` wrote is read back; anything else throws. */
function parse(text: string, id: string): CaughtMessage {
  const stored = JSON.parse(text) as Omit<CaughtMessage, 'headers'> & { readonly headers: Iterable<[string, string]> }
  const texts = [stored.subject, stored.text, stored.html, stored.raw, stored.path, stored.from]
  if (stored.id !== id || !Array.isArray(stored.to) || !texts.every((part) => typeof part === 'string')) {
    throw new TypeError('it is no message')
  }
  return Object.freeze({ ...stored, headers: new Map(stored.headers) })
}
