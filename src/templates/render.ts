import { Context, toValueSync, type Liquid, type Template } from 'liquidjs'
import { type Input } from './data.ts'
import { createOutput } from './emitter.ts'
import { scaleLimits, type RenderLimits } from './limits.ts'
import { createGlobals, type RenderState } from './state.ts'

/** One rendering. */
export interface Rendering {
  readonly engine: Liquid
  readonly nodes: Template[]
  readonly input: Input
  readonly limits: RenderLimits
  lookup(name: string): Template[] | undefined
}

/** The output of a template without the line breaks at its end. Throws when it fails or reaches a limit. */
export function renderNodes({ engine, nodes, input, limits, lookup }: Rendering): string {
  const { maxRenderMs, maxMemoryUnits, maxOutputChars, maxDepth } = scaleLimits(limits, input.chars)
  const { data } = input
  const state: RenderState = { now: Date.parse(data.acceptedAt), wire: data.notification, maxDepth, depth: 0, lookup }
  const context = new Context(
    Object.create(null) as object,
    engine.options,
    { sync: true, globals: createGlobals(data, state), renderLimit: maxRenderMs, memoryLimit: maxMemoryUnits },
    { liquid: engine },
  )
  const emitter = createOutput(maxOutputChars, (units) => context.memoryLimit.use(units))
  toValueSync(engine.renderer.renderTemplates(nodes, context, emitter))
  return withoutLineBreaks(emitter.buffer)
}

function withoutLineBreaks(text: string): string {
  let end = text.length
  while (end > 0 && (text[end - 1] === '\n' || text[end - 1] === '\r')) end -= 1
  return text.slice(0, end)
}
