import { setImmediate as turn } from 'node:timers/promises'
import { type SenderDeps } from '../../../src/channels/channel.ts'
import { settle, type FakeClock } from '../../support/fake-clock.ts'
import { type Rig } from '../../support/channel-rig.ts'

/** What senders are opened with, on a clock that stands still while requests are under way. */
export interface SocketTime {
  readonly deps: SenderDeps
  /** Moves time by `ms`, and lets every request end at the moment in which it began. */
  advance(ms: number): Promise<void>
}

/** Real sockets on a test's own time. */
export function createSocketTime({ deps }: Rig, clock: FakeClock): SocketTime {
  let running = 0

  async function quiet(): Promise<void> {
    do {
      while (running > 0) await turn()
      await settle()
    } while (running > 0)
  }

  return {
    deps: {
      ...deps,
      clock,
      http: {
        ...deps.http,
        async request(request) {
          running += 1
          try {
            return await deps.http.request(request)
          } finally {
            running -= 1
          }
        },
      },
    },
    async advance(ms) {
      const until = clock.now() + ms
      await quiet()
      while (clock.now() < until) {
        await clock.advance(Math.min(until, clock.wakeTimes[0] ?? until) - clock.now())
        await quiet()
      }
    },
  }
}
