import { Hash, Tag, type Context, type Emitter, type Liquid, type TagToken, type TopLevelToken } from 'liquidjs'
import { stateOf } from '../state.ts'

/**
 * `{% render "name", alert: alert, open: true %}`: another template's output. It sees the notification and what it is handed, not
 * the caller's variables. The name is a literal, so that a wrong one is found when the file is loaded.
 */
export class RenderTag extends Tag {
  readonly target: string
  readonly values: Hash

  constructor(token: TagToken, remainTokens: TopLevelToken[], liquid: Liquid) {
    super(token, remainTokens, liquid)
    const { tokenizer } = token
    const target = tokenizer.readQuoted()?.content ?? ''
    tokenizer.assert(target !== '', 'render takes a name in quotes, as in {% render "my.alert", alert: alert %}')
    this.target = target
    this.values = new Hash(tokenizer)
    tokenizer.skipBlank()
    tokenizer.assert(tokenizer.end(), 'after its name, render takes values by name, as in alert: alert')
  }

  override *render(context: Context, emitter: Emitter): Generator<unknown, void, unknown> {
    const state = stateOf(context)
    const nodes = state.lookup(this.target)
    if (nodes === undefined) throw new Error(`no template is named "${this.target}"`)
    if (state.depth >= state.maxDepth) throw new Error(`templates call each other more than ${state.maxDepth} deep`)
    const child = context.spawn(Object.create(null) as object)
    Object.assign(child.bottom(), yield this.values.render(context))
    state.depth += 1
    try {
      yield this.liquid.renderer.renderTemplates(nodes, child, emitter)
    } finally {
      state.depth -= 1
    }
  }
}
