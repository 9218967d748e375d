import { Type, type Static } from 'typebox'
import { durationPattern } from './duration.ts'

/** A string with a closed list of values; `enum` rather than a union of constants, which Kubernetes' structural schemas refuse. */
export function stringEnum<const Values extends readonly string[]>(
  values: Values,
  options: { readonly description: string; readonly default?: Values[number] },
) {
  return Type.Unsafe<Values[number]>({ type: 'string', enum: [...values], ...options })
}

/** A map from any name to a string. */
export function stringMap(options: { readonly description: string }) {
  return Type.Unsafe<Readonly<Record<string, string>>>({
    type: 'object',
    additionalProperties: { type: 'string' },
    ...options,
  })
}

/** An integer or a Go duration such as `30s`; the description says what a bare integer counts. */
export function duration(options: { readonly description: string }) {
  return Type.Unsafe<number | string>({
    anyOf: [{ type: 'integer' }, { type: 'string' }],
    pattern: durationPattern,
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    examples: ['30s', '1h30m'],
    'x-kubernetes-int-or-string': true,
    ...options,
  })
}

/** A TCP port, as a number or as text. */
export function port(options: { readonly description: string }) {
  return Type.Unsafe<number | string>({
    anyOf: [{ type: 'integer' }, { type: 'string' }],
    minimum: 1,
    maximum: 65_535,
    pattern: '^([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$',
    examples: [587, '587'],
    'x-kubernetes-int-or-string': true,
    ...options,
  })
}

/**
 * Scheme, user, host (an IPv6 address in brackets), port, rest: as much of https://url.spec.whatwg.org/ as a pattern can say in the
 * syntax that JavaScript and Go share.
 */
const httpUrlPattern = [
  '^[Hh][Tt][Tt][Pp][Ss]?://',
  String.raw`([^\x00-\x20\x7F/?#\\]*@)?`,
  String.raw`(\[[0-9A-Fa-f:.]+\]|[^\x00-\x20\x7F/?#\\@:\[\]<>^|%]+)`,
  String.raw`(:([0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])?)?`,
  String.raw`([/?#][^\x00-\x20\x7F]*)?$`,
].join('')

/** An http or https address. Such text may hold a credential, so no Problem quotes a value of this format. */
export function httpUrl(options: { readonly description: string }) {
  return Type.String({
    format: 'uri',
    pattern: httpUrlPattern,
    examples: ['https://example.com/path'],
    maxLength: 4096,
    ...options,
  })
}

/** Refuses fields that the schema does not list; `structural()` takes this keyword out of the CRDs. */
export const closed = { additionalProperties: false } as const

/** Server-side apply replaces the object as a whole, as it does with Kubernetes' own types of these names. */
const atomic = { 'x-kubernetes-map-type': 'atomic' } as const

/** A reference to one key of a Secret; the description says what the value is. */
export function secretKeyRef(description: string) {
  return Type.Object(
    {
      name: Type.String({ minLength: 1, description: 'Name of the Secret.' }),
      key: Type.String({ minLength: 1, description: 'Key inside the Secret whose value is used.' }),
      namespace: Type.Optional(
        Type.String({
          description:
            "Namespace of the Secret. Defaults to the NotificationManager's defaultSecretNamespace, then to the namespace of the server. Other namespaces must be allowed with --allowed-secret-namespaces.",
        }),
      ),
    },
    { ...closed, ...atomic, description },
  )
}

/** A reference to one key of a Secret. */
export const SecretKeyRef = secretKeyRef(
  'A reference to one key of a Secret; the value itself is never stored in a resource.',
)
export type SecretKeyRef = Static<typeof SecretKeyRef>

/** What `requirementFault` says, in CEL. */
const requirementRules = [
  {
    rule: "!(self.operator in ['In', 'NotIn']) || (has(self.values) && size(self.values) > 0)",
    message: 'operators In and NotIn need at least one value',
  },
  {
    rule: "!(self.operator in ['Exists', 'DoesNotExist']) || !has(self.values) || size(self.values) == 0",
    message: 'operators Exists and DoesNotExist take no values',
  },
]

/** One requirement of a label selector. */
export const LabelSelectorRequirement = Type.Object(
  {
    key: Type.String({ minLength: 1, description: 'The label that the requirement is about.' }),
    operator: stringEnum(['In', 'NotIn', 'Exists', 'DoesNotExist'], {
      description: 'In and NotIn compare with values; Exists and DoesNotExist take none.',
    }),
    values: Type.Optional(
      Type.Array(Type.String(), {
        description: 'At least one value for In and NotIn; absent or empty for Exists and DoesNotExist.',
      }),
    ),
  },
  {
    ...closed,
    'x-kubernetes-validations': requirementRules,
    description: 'One requirement; all requirements of a selector must hold.',
  },
)
export type LabelSelectorRequirement = Static<typeof LabelSelectorRequirement>

/** Kubernetes' label selector; over alert labels its keys and values may be any text. */
export function labelSelector(description: string) {
  return Type.Object(
    {
      matchLabels: Type.Optional(
        stringMap({ description: 'Labels that must all be there with exactly these values.' }),
      ),
      matchExpressions: Type.Optional(
        Type.Array(LabelSelectorRequirement, { description: 'Requirements that must all hold.' }),
      ),
    },
    { ...closed, ...atomic, description },
  )
}
export type LabelSelector = Static<ReturnType<typeof labelSelector>>

/** How a TLS connection is verified, and with which certificate we present ourselves. */
export const TLSConfig = Type.Object(
  {
    rootCA: Type.Optional(
      secretKeyRef("CA certificates (PEM) that the server's certificate must descend from. Defaults to the system's."),
    ),
    clientCertificate: Type.Optional(
      Type.Object(
        {
          cert: Type.Optional(secretKeyRef('The certificate (PEM), with its chain.')),
          key: Type.Optional(secretKeyRef('The private key (PEM) of the certificate.')),
        },
        {
          ...closed,
          dependencies: { cert: ['key'], key: ['cert'] },
          description: 'Certificate and private key (PEM) that we present; both or neither.',
        },
      ),
    ),
    serverName: Type.Optional(
      Type.String({ description: "Name to verify the server's certificate against, and to send as SNI." }),
    ),
    insecureSkipVerify: Type.Optional(
      Type.Boolean({ description: "Accept any certificate. For tests only: it gives up TLS' protection." }),
    ),
  },
  { ...closed, description: 'TLS settings of the connection.' },
)
export type TLSConfig = Static<typeof TLSConfig>
