import { OutboxUnavailableError } from '../model/errors.ts'
import { isCorrupt } from './sqlite-trouble.ts'
import { type Writer } from './writer.ts'

/** Whether the outbox can still be used. Once it cannot, only a restart helps. */
export interface Breakage {
  readonly reason: string | undefined
  /** Takes in any fault; only one that lasts breaks the outbox. */
  notice(error: unknown): void
  /** Nothing can be written any more. */
  breakDown(reason: string): void
}

export function createBreakage(told: (reason: string) => void): Breakage {
  let broken: string | undefined
  function breakDown(reason: string): void {
    if (broken !== undefined) return
    broken = reason
    told(reason)
  }
  return {
    get reason() {
      return broken
    },
    notice(error) {
      if (isCorrupt(error) || (error instanceof Error && isCorrupt(error.cause))) breakDown('the file is corrupt')
    },
    breakDown,
  }
}

/** A writer that writes no more once the outbox is broken: what is written into a corrupt file may be lost later. */
export function watchWriter(writer: Writer, breakage: Breakage): Writer {
  return {
    async run(name, input, applied) {
      if (breakage.reason !== undefined) {
        throw new OutboxUnavailableError(`the outbox is broken (${breakage.reason}); restart the process`)
      }
      try {
        return await writer.run(name, input, applied)
      } catch (error) {
        breakage.notice(error)
        throw error
      }
    },
    close: () => writer.close(),
  }
}
