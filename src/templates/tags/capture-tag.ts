import { CaptureTag, type Context } from 'liquidjs'
import { createKeptOutput } from '../emitter.ts'

/** Liquid's capture, whose text counts as memory: Liquid counts what filters make, but not what a template writes out in a loop. */
export class MeteredCaptureTag extends CaptureTag {
  override *render(context: Context): Generator<unknown, void, string> {
    const output = createKeptOutput((units) => context.memoryLimit.use(units))
    yield this.liquid.renderer.renderTemplates(this.templates, context, output)
    const variables = context.bottom() as Record<string, unknown>
    variables[this.variable] = output.buffer
  }
}
