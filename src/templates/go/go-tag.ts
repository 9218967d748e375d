import {
  Tag,
  TypeGuards,
  type Context,
  type Emitter,
  type Liquid,
  type Parser,
  type TagToken,
  type Template,
  type TopLevelToken,
} from 'liquidjs'
import { stateOf } from '../state.ts'
import { toGoData } from './data.ts'
import { HtmlEmitter } from './html/emitter.ts'

const insideGo = 'inside go'

/** Throws outside of `{% go %}`, where nobody would escape a value for its place. */
export function assertInsideGo(context: Context): void {
  if (context.getRegister(insideGo) !== true) throw new Error('go_print stands outside of {% go %}')
}

/**
 * `{% go %} … {% endgo %}`: a template that was written for Go. Its data is `dot`: what the caller hands over, or the notification
 * in Alertmanager's words.
 */
export class GoTag extends Tag {
  readonly nodes: Template[] = []

  constructor(token: TagToken, remainTokens: TopLevelToken[], liquid: Liquid, parser: Parser) {
    super(token, remainTokens, liquid)
    for (let next = remainTokens.shift(); next !== undefined; next = remainTokens.shift()) {
      if (TypeGuards.isTagToken(next) && next.name === 'endgo') return
      this.nodes.push(parser.parseToken(next, remainTokens))
    }
    throw new Error('go is not closed with {% endgo %}')
  }

  override *render(context: Context, emitter: Emitter): Generator<unknown, void, unknown> {
    const scope = context.bottom() as Record<string, unknown>
    if (!Object.hasOwn(scope, 'dot')) scope['dot'] = toGoData(stateOf(context).wire)
    context.setRegister(insideGo, true)
    yield this.liquid.renderer.renderTemplates(this.nodes, context, this.emitterFor(context, emitter))
    context.setRegister(insideGo, false)
  }

  protected emitterFor(_context: Context, emitter: Emitter): Emitter {
    return emitter
  }
}

/** The same in HTML, where each value is escaped for the place where it stands. */
export class GoHtmlTag extends GoTag {
  protected override emitterFor(context: Context, emitter: Emitter): Emitter {
    if (emitter instanceof HtmlEmitter) return emitter
    return new HtmlEmitter(emitter, (units) => context.memoryLimit.use(units))
  }
}
