import { type Context, type FilterImplOptions, type Operators } from 'liquidjs'
import { type LiquidFilter } from './filters/scope.ts'

/**
 * Throws when a rendering has used up its time. Liquid itself looks at the clock before each node of a template, but one node may
 * hold thousands of filters and comparisons.
 */
export function checkTime({ renderLimit }: Context): void {
  // The clock that Liquid's own limit is counted from.
  renderLimit.check(performance.now())
}

/** A filter that does not begin when the time is used up. */
export function timedFilter(filter: FilterImplOptions): FilterImplOptions {
  if (typeof filter !== 'function') return { ...filter, handler: timedHandler(filter.handler) }
  return timedHandler(filter)
}

function timedHandler(handler: LiquidFilter): LiquidFilter {
  return function (this, value: unknown, ...args: readonly unknown[]): unknown {
    checkTime(this.context)
    return handler.call(this, value, ...args)
  }
}

type Operator = NonNullable<Operators[string]>

/** An operator that does not begin when the time is used up. The context is the last of what an operator is given. */
export function timedOperator(operator: Operator): Operator {
  return (...args: Parameters<Operator>) => {
    checkTime(args.at(-1) as Context)
    return (operator as (...given: Parameters<Operator>) => ReturnType<Operator>)(...args)
  }
}
