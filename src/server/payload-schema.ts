import { Type, type Static, type TUnsafe } from 'typebox'

/** RFC 3339 with any number of fractional digits; empty for none. */
const timePattern = String.raw`^(|\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,30})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d))$`

function text(description: string): TUnsafe<string | null> {
  return Type.Unsafe<string | null>({ type: ['string', 'null'], description })
}

function time(description: string): TUnsafe<string | null> {
  return Type.Unsafe<string | null>({ type: ['string', 'null'], pattern: timePattern, description })
}

function status(description: string): TUnsafe<'firing' | 'resolved' | '' | null> {
  return Type.Unsafe<'firing' | 'resolved' | '' | null>({ enum: ['firing', 'resolved', '', null], description })
}

type PairsOf = Readonly<Record<string, string>>

function pairs(description: string): TUnsafe<PairsOf | null> {
  return Type.Unsafe<PairsOf | null>({
    type: ['object', 'null'],
    additionalProperties: { type: 'string' },
    description,
  })
}

const PayloadAlert = Type.Object(
  {
    status: Type.Optional(status('Computed from endsAt when absent.')),
    labels: Type.Unsafe<PairsOf>({
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'What identifies the alert. Names may be any text.',
    }),
    annotations: Type.Optional(pairs('What people read about the alert.')),
    startsAt: Type.Optional(time('When it began, RFC 3339.')),
    endsAt: Type.Optional(time("When it ended, RFC 3339; Go's zero time while it fires.")),
    generatorURL: Type.Optional(text('Where the alert was made.')),
    fingerprint: Type.Optional(text('Hash of the labels; computed when absent.')),
  },
  { description: 'One alert.' },
)

/**
 * The body that Alertmanager's webhook sends, version 4 (https://prometheus.io/docs/alerting/latest/configuration/#webhook_config).
 * Strict about the fields that we use, silent about all others: minor versions add some. Only `alerts` with their `labels` must
 * be there, because other senders than Alertmanager leave out the rest; null counts as absent, as Go reads it.
 */
export const webhookPayloadSchema = Type.Object(
  {
    version: Type.Optional(text('Version of the format: 4.')),
    groupKey: Type.Optional(text('Names the group within its receiver.')),
    truncatedAlerts: Type.Optional(
      Type.Unsafe<number | null>({
        type: ['integer', 'null'],
        minimum: 0,
        description: 'How many alerts max_alerts cut off.',
      }),
    ),
    status: Type.Optional(status('Ignored: computed from the alerts.')),
    receiver: Type.Optional(text("Name of the Alertmanager receiver, quoted by Go's regexp.QuoteMeta.")),
    notification_reason: Type.Optional(text('Why it was sent; Alertmanager 0.32 and later.')),
    groupLabels: Type.Optional(pairs('The labels that the alerts were grouped by.')),
    commonLabels: Type.Optional(pairs('Labels that all alerts share; computed when absent.')),
    commonAnnotations: Type.Optional(pairs('Annotations that all alerts share; computed when absent.')),
    externalURL: Type.Optional(text('Where this Alertmanager is reached by people.')),
    alerts: Type.Array(PayloadAlert, { description: 'The alerts of the group.' }),
  },
  { title: 'Alertmanager webhook payload', description: "The body of Alertmanager's webhook, version 4." },
)

/** A body that the schema has accepted. */
export type WebhookPayload = Static<typeof webhookPayloadSchema>

/** One alert of it. */
export type PayloadAlert = Static<typeof PayloadAlert>
