import { type SecretText } from '../model/secret.ts'
import { type SecretObject } from '../resources/core-kinds.ts'
import { type Held, type Sorted } from './objects.ts'

/**
 * What is in force after a reading: the objects that it found, and the last good version of those that it could not read: refused
 * ones, those of a file that cannot be read in full, those below a path that cannot be read at all. An object that is simply no
 * longer there has been deleted, and goes.
 */
export function keepLastGood(
  before: ReadonlyMap<string, Held>,
  now: Sorted,
  unreadable: readonly string[],
): ReadonlyMap<string, Held> {
  const next = new Map<string, Held>()
  for (const [key, held] of now.held) next.set(key, keepValues(before.get(key), held))
  for (const [key, held] of before) {
    if (next.has(key)) continue
    const unit = now.refused.get(key)
    if (unit !== undefined) next.set(key, toStale({ ...held, unit }))
    else if (now.broken.has(held.unit) || unreadable.some((path) => isWithin(held.unit, path)))
      next.set(key, toStale(held))
  }
  return next
}

function isWithin(unit: string, path: string): boolean {
  return unit === path || unit.startsWith(path.endsWith('/') ? path : `${path}/`) || path === '.'
}

function toStale(held: Held): Held {
  if (held.entity.type !== 'resource' || held.entity.resource.stale === true) return held
  return { ...held, entity: { type: 'resource', resource: { ...held.entity.resource, stale: true } } }
}

/** A key of a Secret whose new value cannot be decoded keeps the value that it had. */
function keepValues(before: Held | undefined, held: Held): Held {
  if (before?.entity.type !== 'secret' || held.entity.type !== 'secret') return held
  const { secret } = held.entity
  if (![...secret.values.values()].includes('undecodable')) return held
  return { ...held, entity: { type: 'secret', secret: { ...secret, values: merge(before.entity.secret, secret) } } }
}

function merge(before: SecretObject, now: SecretObject): ReadonlyMap<string, SecretText | 'undecodable' | 'binary'> {
  return new Map(
    [...now.values].map(([key, value]) => [key, value === 'undecodable' ? (before.values.get(key) ?? value) : value]),
  )
}
