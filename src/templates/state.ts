import { type Context, type Template } from 'liquidjs'
import { type WireGroup } from '../model/wire.ts'

/** What one rendering knows besides its data. Kept under a symbol of the globals, where no template can reach it. */
export interface RenderState {
  /** Milliseconds since the epoch: when the notification was accepted. */
  readonly now: number
  readonly wire: WireGroup
  readonly maxDepth: number
  depth: number
  /** The parsed template of that name, in the format at hand. */
  lookup(name: string): Template[] | undefined
}

const stateKey = Symbol('render state')

/** The globals of one rendering: the data by name, the state out of sight. */
export function createGlobals(data: object, state: RenderState): object {
  return Object.assign(Object.create(null) as object, data, { [stateKey]: state })
}

/** The state that `createGlobals` put beside the data. */
export function stateOf(context: Context): RenderState {
  return (context.globals as unknown as Record<typeof stateKey, RenderState>)[stateKey]
}
