import { Liquid, tags as liquidTags, type LiquidOptions } from 'liquidjs'
import { type Format } from '../channels/channel.ts'
import { escapeMrkdwn } from '../model/readable.ts'
import { timedFilter } from './deadline.ts'
import { ownFilters } from './filters/index.ts'
import { liquidFilters } from './filters/liquid.ts'
import { adapt, type LiquidFilter } from './filters/scope.ts'
import { registerGo } from './go/register.ts'
import { type RenderLimits } from './limits.ts'
import { operators } from './operators.ts'
import { MeteredCaptureTag } from './tags/capture-tag.ts'
import { ScalarCaseTag } from './tags/case-tag.ts'
import { DefineTag } from './tags/define-tag.ts'
import { StrictForTag } from './tags/for-tag.ts'
import { RenderTag } from './tags/render-tag.ts'
import { escapeHtml, textOf } from './text-of.ts'

/** One engine a format: what is escaped is decided when a template is parsed. */
export type Engines = Readonly<Record<Format, Liquid>>

/**
 * Liquid's tags that are allowed as they are; define, render, for, case and capture are ours. Left out: include, layout, block and its own render, which read files; increment and decrement,
 * which write into the data; echo, liquid and tablerow, which nobody needs.
 */
const allowedTags = ['#', 'assign', 'break', 'comment', 'continue', 'cycle', 'if', 'raw', 'unless']

/** The engines. Nothing in them can reach a file, a prototype or a function that is not listed here. */
export function createEngines(limits: RenderLimits): Engines {
  return {
    text: createEngine('text', limits),
    html: createEngine('html', limits),
    json: createEngine('json', limits),
    mrkdwn: createEngine('mrkdwn', limits),
  }
}

function createEngine(format: Format, limits: RenderLimits): Liquid {
  const engine = new Liquid({
    // An empty map replaces the file system: nothing that Liquid might look up is there.
    templates: Object.create(null) as Record<string, string>,
    ownPropertyOnly: true,
    strictFilters: true,
    strictVariables: false,
    timezoneOffset: 0,
    dateFormat: '%Y-%m-%d %H:%M:%S %z',
    locale: 'en-US',
    parseLimit: limits.maxFileChars,
    outputEscape: escapeOf(format) as LiquidOptions['outputEscape'] & LiquidFilter,
    operators,
  })
  for (const name of Object.keys(engine.tags)) Reflect.deleteProperty(engine.tags, name)
  for (const name of Object.keys(engine.filters)) engine.unregisterFilter(name)
  for (const name of allowedTags) registerLiquidTag(engine, name)
  engine.registerTag('capture', MeteredCaptureTag)
  engine.registerTag('case', ScalarCaseTag)
  engine.registerTag('define', DefineTag)
  engine.registerTag('for', StrictForTag)
  engine.registerTag('render', RenderTag)
  for (const [name, filter] of liquidFilters()) engine.registerFilter(name, filter)
  for (const [name, filter] of Object.entries(ownFilters)) engine.registerFilter(name, adapt(filter))
  registerEscapes(engine, format)
  registerGo(engine, format)
  for (const [name, filter] of Object.entries(engine.filters)) engine.registerFilter(name, timedFilter(filter))
  return engine
}

function registerLiquidTag(engine: Liquid, name: string): void {
  const tag = liquidTags[name]
  if (tag === undefined) throw new Error(`liquidjs has no tag ${name}`)
  engine.registerTag(name, tag)
}

const plain = adapt((scope, value) => textOf(value, scope.charge))
const escape = adapt((scope, value) => escapeHtml(textOf(value, scope.charge)))
const json = adapt(ownFilters.json)
const mrkdwn = adapt((scope, value) => escapeMrkdwn(textOf(value, scope.charge)))

/** What is done to each `{{ value }}`: nothing in text, entities in HTML and in Slack's mrkdwn, JSON in JSON. */
function escapeOf(format: Format): LiquidFilter {
  return { text: plain, html: escape, json, mrkdwn }[format]
}

/** Filters whose output depends on the format; those that have escaped it themselves (`raw`) are not escaped once more. */
function registerEscapes(engine: Liquid, format: Format): void {
  const lines = adapt((scope, value) => escapeHtml(textOf(value, scope.charge)).replaceAll('\n', '<br>\n'))
  const ownEscape = format === 'mrkdwn' ? mrkdwn : escape
  engine.registerFilter('escape', { handler: ownEscape, raw: format === 'html' || format === 'mrkdwn' })
  engine.registerFilter('lines', format === 'html' ? { handler: lines, raw: true } : plain)
  engine.registerFilter('json', { handler: json, raw: format === 'json' })
}
