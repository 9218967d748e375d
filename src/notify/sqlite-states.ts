import { type DatabaseSync } from 'node:sqlite'
import { type KnownState } from './duplicates.ts'
import { text } from './sqlite-rows.ts'

/** What is remembered of the alerts of one group towards one receiver, by alert. */
export type StateSet = Map<string, KnownState>

/** Where sets of states are kept: one row each, for a group of ten thousand alerts would take as many. */
export interface States {
  /** The set of that scope (see identity.ts); empty when there is none. */
  find(scope: string): StateSet
  /** `states`: see textOfStates. `acceptedAt`: when the youngest of them was accepted. */
  keep(scope: string, states: string, acceptedAt: number): void
}

type Stored = readonly [alert: string, firing: 0 | 1, startsAt: string, acceptedAt: number, remindedAt: number | null]

export function createStates(database: DatabaseSync): States {
  const find = database.prepare('SELECT body FROM state_sets WHERE scope = ?')
  const keep = database.prepare(`
    INSERT INTO state_sets (scope, body, accepted_at) VALUES (?, ?, ?)
    ON CONFLICT (scope) DO UPDATE SET body = excluded.body, accepted_at = excluded.accepted_at`)
  return {
    find(scope) {
      const row = find.get(scope)
      return row === undefined ? new Map() : fromStored(JSON.parse(text(row, 'body')) as readonly Stored[])
    },
    keep(scope, states, acceptedAt) {
      keep.run(scope, states, acceptedAt)
    },
  }
}

/** A set as it is stored. */
export function textOfStates(states: StateSet): string {
  return JSON.stringify([...states].map(toStored))
}

function toStored([alert, { status, startsAt, acceptedAt, remindedAt }]: readonly [string, KnownState]): Stored {
  return [alert, status === 'firing' ? 1 : 0, startsAt, acceptedAt, remindedAt ?? null]
}

function fromStored(stored: readonly Stored[]): StateSet {
  return new Map(
    stored.map(([alert, firing, startsAt, acceptedAt, remindedAt]) => {
      const status = firing === 1 ? 'firing' : 'resolved'
      return [alert, { status, startsAt, acceptedAt, remindedAt: remindedAt ?? undefined }]
    }),
  )
}
