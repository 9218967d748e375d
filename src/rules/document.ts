import { Type, type TSchema } from 'typebox'
import { conditionSchemas, maxItems, object, text, whenOneOf, type Schema } from './condition-schema.ts'
import { type EngineRule } from './conditions.ts'

const name = { type: 'string', minLength: 1, maxLength: 253, description: 'Identifies the rule; unique.' }
const priority = {
  type: 'integer',
  minimum: 1,
  maximum: 1000,
  description: 'Rules with a higher priority take effect first. Defaults to 1.',
}

function ruleSchema(event: Schema, required: readonly string[]): Schema {
  const description = { ...text, description: 'What the rule is for.' }
  const conditions = { $ref: '#/$defs/conditions' }
  return object({ name, description, priority, conditions, event }, required, 'A rule of json-rules-engine.')
}

const dropParams = object({ reason: { ...text, description: 'Why, for people.' } }, [], 'Parameters of drop.')

const labelParams = object(
  {
    name: { ...text, minLength: 1, description: 'Name of the label.' },
    value: { ...text, description: 'Its value.' },
  },
  ['name', 'value'],
  'Name and value of the label',
)

const notifyParams = object(
  {
    receivers: {
      type: 'array',
      items: { type: 'string', pattern: '^[A-Za-z]+/.+$', maxLength: 317, examples: ['EmailReceiver/on-call'] },
      minItems: 1,
      maxItems,
      description: 'Receivers as Kind/name.',
    },
  },
  ['receivers'],
  'The receivers to add',
)

const platformEvent = {
  ...object(
    {
      type: { type: 'string', enum: ['drop', 'label', 'notify'], description: 'What to do with the alert.' },
      params: { type: 'object', description: 'What the type needs.' },
    },
    ['type'],
    'drop: nobody is told; label: sets a label, which selectors and tenancy then see; notify: adds receivers.',
  ),
  ...whenOneOf('type', ['label'], withParams(labelParams), {
    ...whenOneOf('type', ['notify'], withParams(notifyParams), {
      type: 'object',
      properties: { params: dropParams },
    }),
  }),
}

function withParams(params: Schema): Schema {
  return { type: 'object', properties: { params }, required: ['params'] }
}

/** A platform rule: what a rule document of the platform's engineers holds. */
export interface PlatformRuleDocument extends Omit<EngineRule, 'priority' | 'event'> {
  readonly priority?: number
  readonly description?: string
  readonly event:
    | { readonly type: 'drop'; readonly params?: { readonly reason?: string } }
    | { readonly type: 'label'; readonly params: { readonly name: string; readonly value: string } }
    | { readonly type: 'notify'; readonly params: { readonly receivers: readonly string[] } }
}

/** JSON Schema of a platform rule document, for editors and CI; `schemas/rule.json` is made from it. */
export const ruleDocumentSchema: TSchema = Type.Unsafe<PlatformRuleDocument>({
  title: 'Platform rule',
  ...ruleSchema(platformEvent, ['name', 'conditions', 'event']),
  description: 'A platform rule: looks at one alert, and drops it, sets a label of it or adds receivers.',
  $defs: conditionSchemas({ maps: ['labels', 'annotations'], texts: ['status'], lists: [], parameters: false }),
})

/** A rule with parameters in it: `$name`, and `$name?` in a list of conditions. */
export interface RuleTemplate {
  readonly name: string
  readonly priority: number
  readonly conditions: unknown
  readonly event: { readonly type: string; readonly params: Readonly<Record<string, string>> }
}

/** A built-in rule document; `rules/global-receiver.yaml` explains the notation. */
export interface BuiltInDocument {
  readonly name: string
  readonly member: RuleTemplate
  readonly rules: readonly RuleTemplate[]
}

const templateEvent = object(
  {
    type: { type: 'string', enum: ['class', 'route', 'config'] },
    params: { type: 'object', additionalProperties: text },
  },
  ['type', 'params'],
  'What the rule says.',
)

const ruleTemplate = ruleSchema(templateEvent, ['name', 'priority', 'conditions', 'event'])

/** JSON Schema of a built-in rule document. */
export const builtInDocumentSchema: TSchema = Type.Unsafe<BuiltInDocument>({
  title: 'Built-in rules',
  ...object(
    { name, member: ruleTemplate, rules: { type: 'array', items: ruleTemplate, minItems: 1, maxItems } },
    ['name', 'member', 'rules'],
    'What gives one class of objects its meaning.',
  ),
  $defs: conditionSchemas({
    maps: ['labels', 'annotations'],
    texts: ['status', 'role', 'channel', 'class', 'tenant'],
    lists: ['tenants'],
    parameters: true,
  }),
})
