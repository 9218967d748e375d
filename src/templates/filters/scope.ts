import { toValue, type Context, type FilterImplOptions } from 'liquidjs'
import { type WireGroup } from '../../model/wire.ts'
import { stateOf } from '../state.ts'
import { type Charge } from '../text-of.ts'

/** What a filter may know of the rendering that it is part of. */
export interface FilterScope {
  /** Milliseconds since the epoch: when the notification was accepted. */
  readonly now: number
  readonly wire: WireGroup
  readonly charge: Charge
}

/** A filter as a plain function: `{{ value | name: ...args }}`. A throw ends the rendering and becomes the reason of the fallback. */
export type Filter = (scope: FilterScope, value: unknown, ...args: readonly unknown[]) => unknown

/** Liquid's shape of a filter: a function over the rendering at hand. */
export type LiquidFilter = Extract<FilterImplOptions, (...args: never) => unknown>

/** Fits a plain filter to Liquid. */
export function adapt(filter: Filter): LiquidFilter {
  return function (this, value: unknown, ...args: readonly unknown[]) {
    return filter(scopeOf(this.context), toValue(value), ...args.map((arg) => toValue(arg) as unknown))
  }
}

/** The scope of the rendering that a Liquid context belongs to. */
export function scopeOf(context: Context): FilterScope {
  const { now, wire } = stateOf(context)
  return { now, wire, charge: (units) => context.memoryLimit.use(units) }
}

/** A number among a filter's arguments, or `fallback` when there is none. Throws when it is something else. */
export function numberArg(
  value: unknown,
  fallback: number,
  bounds: { readonly min: number; readonly max: number },
): number {
  if (value === undefined || value === null) return fallback
  const number = Number(value)
  if (Number.isNaN(number)) throw new Error('a number is expected')
  return Math.min(Math.max(Math.trunc(number), bounds.min), bounds.max)
}
