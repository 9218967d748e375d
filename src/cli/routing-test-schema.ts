/** One case of a routing test: an alert or a payload, and what should become of it. */
export interface RoutingCase {
  readonly name?: string
  readonly alert?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly status?: 'firing' | 'resolved'
  readonly payload?: string
  readonly expect: Expectation
}

/** What should become of an alert, or of all alerts of a payload together. */
export interface Expectation {
  readonly receivers?: readonly string[]
  readonly includes?: readonly string[]
  readonly excludes?: readonly string[]
  readonly dropped?: boolean | string
  readonly tenants?: readonly string[]
}

/** A document of routing tests. */
export interface RoutingTests {
  readonly cases: readonly RoutingCase[]
}

const pairs = { type: 'object', additionalProperties: { type: 'string' } }

function receivers(description: string): object {
  const receiver = { type: 'string', pattern: '^[A-Za-z]+/.+$', maxLength: 317, examples: ['EmailReceiver/on-call'] }
  return { type: 'array', items: receiver, maxItems: 10_000, description }
}

const expectation = {
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  description: 'What should become of it; everything that is given must hold.',
  properties: {
    receivers: receivers('Exactly these receivers are told, as Kind/name, in any order. An empty list: nobody.'),
    includes: receivers('These receivers are told, maybe among others.'),
    excludes: receivers('These receivers are not told.'),
    dropped: {
      type: ['boolean', 'string'],
      minLength: 1,
      description: 'Whether a platform rule drops it, or the name of the rule that does.',
    },
    tenants: {
      type: 'array',
      items: { type: 'string' },
      maxItems: 10_000,
      description: 'Exactly these tenants it belongs to, in any order.',
    },
  },
}

const testCase = {
  type: 'object',
  additionalProperties: false,
  required: ['expect'],
  description: 'An alert or a payload, and what should become of it.',
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 500, description: 'What the case is about, for people.' },
    alert: { ...pairs, description: 'The labels of the alert.' },
    annotations: { ...pairs, description: 'Its annotations, which platform rules may look at.' },
    status: { type: 'string', enum: ['firing', 'resolved'], description: 'Its status. Defaults to firing.' },
    payload: {
      type: 'string',
      minLength: 1,
      description: 'Instead of alert: a file with a body as Alertmanager posts it, relative to this file.',
    },
    expect: expectation,
  },
}

/** What a document of routing tests must look like; that a case has an alert or a payload, and not both, is checked beside it. */
export const routingTestShape = {
  type: 'object',
  additionalProperties: false,
  required: ['cases'],
  description: 'Cases, each an alert and who should be told about it.',
  properties: {
    cases: { type: 'array', items: testCase, minItems: 1, maxItems: 10_000, description: 'The cases.' },
  },
}

/** JSON Schema of routing tests, for editors and CI; `schemas/routing-test.json` is made from it. */
export const routingTestSchema: object = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Routing tests',
  ...routingTestShape,
  properties: {
    cases: {
      ...routingTestShape.properties.cases,
      items: { ...testCase, oneOf: [{ required: ['alert'] }, { required: ['payload'] }] },
    },
  },
}
