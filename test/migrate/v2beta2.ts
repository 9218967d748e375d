import fc from 'fast-check'
import { type Manifest } from '../../src/migrate/migrate.ts'

/** A requirement of the predecessor's own selector. */
export interface PreviousRequirement {
  readonly key: string
  readonly operator: string
  readonly values?: readonly string[]
  readonly regexValue?: string
}

/** The predecessor's own selector. */
export interface PreviousSelector {
  readonly matchLabels?: Readonly<Record<string, string>>
  readonly matchExpressions?: readonly PreviousRequirement[]
}

/** What the predecessor did with a selector; a label that is not there is matched as empty text. */
export function previouslyMatched(
  selector: PreviousSelector | undefined,
  labels: ReadonlyMap<string, string>,
): boolean {
  return (
    Object.entries(selector?.matchLabels ?? {}).every(([name, value]) => labels.get(name) === value) &&
    (selector?.matchExpressions ?? []).every((requirement) => previouslyHeld(requirement, labels))
  )
}

function previouslyHeld(
  { key, operator, values = [], regexValue = '' }: PreviousRequirement,
  labels: ReadonlyMap<string, string>,
): boolean {
  const found = labels.get(key)
  switch (operator) {
    case 'In':
      return found !== undefined && values.includes(found)
    case 'NotIn':
      return found === undefined || !values.includes(found)
    case 'Exists':
      return found !== undefined
    case 'DoesNotExist':
      return found === undefined
    default:
      return operator === 'Match' && new RegExp(regexValue, 'u').test(found ?? '')
  }
}

/** An object as if read from a file. */
export function manifest(value: unknown): Manifest {
  return { value, originOf: () => ({ file: 'old.yaml', line: 1 }) }
}

/** An object of v2beta2. */
export function previous(
  kind: string,
  name: string,
  spec: object,
  labels: Readonly<Record<string, string>> = {},
): Manifest {
  return manifest({ apiVersion: 'notification.kubesphere.io/v2beta2', kind, metadata: { name, labels }, spec })
}

const names = ['severity', 'team', 'alertname', 'app.kubernetes.io/name']
const values = ['critical', 'warning', 'a', 'b', 'x y', '']

/** Labels of an alert or a config, out of few names and values, so that selectors match often. */
export const labelsArbitrary = fc
  .dictionary(fc.constantFrom(...names), fc.constantFrom(...values))
  .map((pairs) => new Map(Object.entries(pairs)))

const requirement: fc.Arbitrary<PreviousRequirement> = fc.oneof(
  fc.record({
    key: fc.constantFrom(...names),
    operator: fc.constantFrom('In', 'NotIn'),
    values: fc.array(fc.constantFrom(...values), { maxLength: 3 }),
  }),
  fc.record({ key: fc.constantFrom(...names), operator: fc.constantFrom('Exists', 'DoesNotExist', 'Sometimes') }),
  fc.record({
    key: fc.constantFrom(...names),
    operator: fc.constant('Match'),
    regexValue: fc.constantFrom('^(critical|warning)$', 'a', '.*', '^$'),
  }),
)

/** A selector of the predecessor; one in three has an operator that is not here. */
export const selectorArbitrary: fc.Arbitrary<PreviousSelector> = fc.record(
  {
    matchLabels: fc.dictionary(fc.constantFrom(...names), fc.constantFrom(...values), { maxKeys: 2 }),
    matchExpressions: fc.array(requirement, { maxLength: 2 }),
  },
  { requiredKeys: [] },
)

/** A text that must never be seen in a report. */
export const plainSecret = 'hunter2-plain'

const credential = fc.oneof(
  fc.constant({ value: plainSecret }),
  fc.constant({ valueFrom: { secretKeyRef: { name: 'kept', key: 'k', namespace: 'ns' } } }),
  fc.constant({ value: plainSecret, valueFrom: { secretKeyRef: { name: 'kept', key: 'k' } } }),
  fc.constant({}),
  fc.constant(plainSecret),
)

function optional<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(arbitrary, { nil: undefined, freq: 3 })
}

const texts = fc.array(fc.constantFrom('one', 'two', 'th|ree', '', 'a@b.example', 'c@d.example', 'x'.repeat(400)), {
  maxLength: 4,
})

/** The channels of a Receiver with their own fields; the shared ones are put beside them. */
export const ownFields: Readonly<Record<string, fc.Arbitrary<object>>> = {
  email: fc.record({
    to: texts,
    tmplType: optional(fc.constantFrom('html', 'text')),
    subjectTemplate: optional(fc.string()),
  }),
  slack: fc.record({ channels: texts }),
  dingtalk: fc.record({
    chatbot: optional(fc.record({ webhook: credential, secret: optional(credential), keywords: optional(texts) })),
    conversation: optional(fc.record({ chatids: texts })),
  }),
  webhook: fc.record({
    url: optional(fc.constantFrom('https://example.com/x', 'nonsense')),
    service: optional(fc.record({ namespace: fc.constant('a'), name: fc.constant('b'), port: fc.integer() })),
    httpConfig: optional(fc.record({ basicAuth: fc.record({ username: fc.string(), password: credential }) })),
  }),
  wechat: fc.record({
    toUser: optional(texts),
    toParty: optional(texts),
    chatbot: optional(fc.record({ webhook: credential })),
  }),
  telegram: fc.record({ channels: texts }),
  feishu: fc.record({ chatbot: fc.record({ webhook: credential }) }),
}

const configSelectorFields: Readonly<Record<string, string>> = {
  email: 'emailConfigSelector',
  slack: 'slackConfigSelector',
  dingtalk: 'dingtalkConfigSelector',
  webhook: 'webhookConfigSelector',
  wechat: 'wechatConfigSelector',
  telegram: 'telegramConfigSelector',
  feishu: 'feishuConfigSelector',
}

/** A Receiver's spec, some of whose channels are not what the schema of v2beta2 says. */
export const receiverSpecArbitrary: fc.Arbitrary<Record<string, unknown>> = fc.record(
  Object.fromEntries(
    Object.entries(ownFields).map(([channel, fields]) => [
      channel,
      fc.oneof(
        {
          weight: 9,
          arbitrary: fc.tuple(fields, shared(configSelectorFields[channel] ?? '')).map(([a, b]) => ({ ...a, ...b })),
        },
        { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
      ),
    ]),
  ),
  { requiredKeys: [] },
)

function shared(configSelectorField: string): fc.Arbitrary<object> {
  return fc.record(
    {
      enabled: fc.boolean(),
      alertSelector: selectorArbitrary,
      [configSelectorField]: selectorArbitrary,
      template: fc.constantFrom('nm.default.text', 'nm.default.markdown', '{{ template "mine" . }}'),
    },
    { requiredKeys: [] },
  )
}

/** A Config's spec. */
export const configSpecArbitrary: fc.Arbitrary<Record<string, unknown>> = fc.record(
  {
    email: fc.record({
      from: fc.constantFrom('a@b.example', 'nobody'),
      smartHost: fc.record({ host: fc.constant('smtp.example.com'), port: fc.constantFrom(25, 465, 0, '587') }),
      authPassword: optional(credential),
      requireTLS: optional(fc.boolean()),
      tls: optional(fc.record({ rootCA: credential })),
    }),
    slack: fc.record({ slackTokenSecret: credential }),
    dingtalk: fc.record({
      labels: fc.constant({ a: 'b' }),
      conversation: fc.record({ appkey: credential, appsecret: credential }),
    }),
    wechat: fc.record({
      wechatApiCorpId: fc.constant('corp'),
      wechatApiAgentId: fc.constant('1'),
      wechatApiSecret: credential,
    }),
    sms: fc.record({ providers: fc.record({ aws: fc.record({ accessKeyId: credential }) }) }),
  },
  { requiredKeys: [] },
)
