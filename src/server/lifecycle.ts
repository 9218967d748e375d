import { type Clock } from '../model/ports.ts'
import { type Outbox } from '../notify/outbox.ts'
import { type Compilation } from '../rules/ruleset.ts'

/** Where the server is in its life: it takes posts in the first two phases, and is ready in the first. */
export type Phase = 'serving' | 'leaving' | 'refusing'

/** Why posts are not taken now. */
export interface Obstacle {
  readonly code: 'NOT_READY' | 'DRAINING' | 'OUTBOX_UNAVAILABLE'
  readonly message: string
}

/** The server's phase, and what it means together with the ruleset in force. */
export interface Lifecycle {
  phase(): Phase
  /** Not ready from now on; posts are still taken for `graceMs`, while load balancers notice, and refused after that. */
  drain(graceMs: number): Promise<void>
  /** Why the server should get no more traffic, or undefined when it is ready. */
  obstacle(): Obstacle | undefined
  /** Why a post that arrives now must be refused. */
  refusal(): Obstacle | undefined
  /** What only a restart mends; undefined when there is no such thing. */
  breakage(): Obstacle | undefined
}

/** A lifecycle that begins in phase `serving`. */
export function createLifecycle(deps: {
  readonly clock: Clock
  current(): Compilation | undefined
  stopping(): boolean
  readonly outbox: Pick<Outbox, 'condition'>
}): Lifecycle {
  let own: Phase = 'serving'

  function phase(): Phase {
    return deps.stopping() ? 'refusing' : own
  }

  function breakage(): Obstacle | undefined {
    const { broken } = deps.outbox.condition()
    if (broken === undefined) return undefined
    return { code: 'OUTBOX_UNAVAILABLE', message: `the outbox is broken (${broken}); the process must be restarted` }
  }

  function refusal(): Obstacle | undefined {
    if (phase() === 'refusing') return { code: 'DRAINING', message: 'This instance is stopping, try again' }
    const broken = breakage()
    if (broken !== undefined) return broken
    const inForce = deps.current()
    if (inForce === undefined) return { code: 'NOT_READY', message: 'No ruleset has been compiled yet, try again' }
    if (inForce.ruleset.manager === undefined) {
      return { code: 'NOT_READY', message: 'There is no NotificationManager resource, so nothing can be routed' }
    }
    return undefined
  }

  return {
    phase,
    refusal,
    breakage,
    obstacle: () =>
      phase() === 'leaving' ? { code: 'DRAINING', message: 'This instance is about to stop' } : refusal(),
    async drain(graceMs) {
      if (own === 'serving') own = 'leaving'
      await deps.clock.sleep(graceMs)
      own = 'refusing'
    },
  }
}
