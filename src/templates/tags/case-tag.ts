import { CaseTag, toValue, type Context, type Emitter } from 'liquidjs'

/** Liquid's case over texts, numbers and the like. A list is refused: Liquid would compare it item by item with each value. */
export class ScalarCaseTag extends CaseTag {
  override *render(context: Context, emitter: Emitter): Generator<unknown, void, unknown> {
    const target: unknown = toValue(yield this.value.value(context, context.opts.lenientIf))
    if (Array.isArray(target)) throw new Error('case takes a text or a number, not a list')
    yield* super.render(context, emitter)
  }
}
