import { type Liquid } from 'liquidjs'
import { type Format } from '../../channels/channel.ts'
import { escapeMrkdwn } from '../../model/readable.ts'
import { adapt, type Filter, type LiquidFilter } from '../filters/scope.ts'
import { goFilters } from './filters.ts'
import { evalArgs, printValue } from './format-value.ts'
import { Printed } from './html/emitter.ts'
import { escapeHtmlFunction, escapeQuery } from './html/escape.ts'
import { type Escaper } from './html/print.ts'
import { assertInsideGo, GoHtmlTag, GoTag } from './go-tag.ts'
import { GoHtml, toGo } from './values.ts'

/** Gives an engine what translated Go templates need: the tag `go` and the filters `go_…`. */
export function registerGo(engine: Liquid, format: Format): void {
  engine.registerTag('go', format === 'html' ? GoHtmlTag : GoTag)
  for (const [name, filter] of Object.entries(goFilters)) engine.registerFilter(name, adapt(filter))
  engine.registerFilter('go_print', { handler: printFor(format), raw: true })
}

function printFor(format: Format): LiquidFilter {
  if (format === 'html') return printForHtml
  return adapt(format === 'mrkdwn' ? printForSlack : printPlain)
}

/** `value | go_print`: what `{{ value }}` prints. The argument names a function that escapes: `html` or `urlquery`. */
const printPlain: Filter = (scope, value, escaper) => {
  const given = toGo(value)
  if (escaper === 'html') return escapeHtmlFunction(evalArgs([given], scope.charge))
  if (escaper === 'urlquery') return escapeQuery(evalArgs([given], scope.charge))
  return printValue(given, scope.charge)
}

/** In Slack's markup a value must not be read as a link or a mention; what `safeHtml` gives stays as it is. */
const printForSlack: Filter = (scope, value, escaper) => {
  const text = String(printPlain(scope, value, escaper))
  return value instanceof GoHtml || escaper === 'html' ? text : escapeMrkdwn(text)
}

/** In HTML only the output knows where the value stands. */
function printForHtml(this: ThisParameterType<LiquidFilter>, value: unknown, escaper: unknown): Printed {
  assertInsideGo(this.context)
  return new Printed(toGo(value), escaper as Escaper | undefined)
}
