import { Type, type Static } from 'typebox'
import { TLSConfig, closed, duration, port, secretKeyRef } from '../../model/fragments.ts'

/** No white space, no control characters and exactly one @: a full check is the mail server's business (RFC 5321, 3.3). */
const addressPattern = String.raw`^[^@\x00-\x20\x7F<>,;]+@[^@\x00-\x20\x7F<>,;]+$`

/** Who mails are from, and the server that takes them. */
export const EmailConfigSpec = Type.Object(
  {
    from: Type.String({
      pattern: String.raw`^[^\x00-\x1F\x7F]+@[^\x00-\x1F\x7F]+$`,
      maxLength: 512,
      examples: ['alerts@example.com', 'Alerts <alerts@example.com>'],
      description:
        'Address that mails are sent from; a display name may go before it, as in `Alerts <alerts@example.com>`.',
    }),
    smartHost: Type.Object(
      {
        host: Type.String({
          pattern: String.raw`^[^\x00-\x20\x7F/@]+$`,
          maxLength: 253,
          examples: ['smtp.example.com'],
          description: 'Host name or IP address of the mail server.',
        }),
        port: port({ description: 'Port of the mail server, as text or number. 465 means TLS from the first byte.' }),
      },
      { ...closed, description: 'The mail server that takes the mails (SMTP).' },
    ),
    hello: Type.Optional(
      Type.String({
        pattern: String.raw`^[^\x00-\x20\x7F]*$`,
        maxLength: 253,
        examples: ['notifications.example.com'],
        description: 'Name that we introduce ourselves with (EHLO). Defaults to `localhost`.',
      }),
    ),
    authUsername: Type.Optional(
      Type.String({
        maxLength: 512,
        description: 'User name at the mail server. Without one there is no authentication.',
      }),
    ),
    authIdentify: Type.Optional(
      Type.String({ maxLength: 512, description: 'Authorization identity for AUTH PLAIN; usually absent.' }),
    ),
    authPassword: Type.Optional(secretKeyRef('Password for AUTH PLAIN and AUTH LOGIN.')),
    authSecret: Type.Optional(secretKeyRef('Shared secret for AUTH CRAM-MD5.')),
    requireTLS: Type.Optional(
      Type.Boolean({
        description:
          'Refuse to send without TLS (STARTTLS, unless the port is 465). Defaults to false: TLS is used when the server offers it.',
      }),
    ),
    tls: Type.Optional(TLSConfig),
  },
  { ...closed, description: 'Who mails are from, and the mail server that takes them.' },
)
export type EmailConfigSpec = Static<typeof EmailConfigSpec>

/** Whom to mail. */
export const EmailReceiverSpec = Type.Object(
  {
    to: Type.Array(
      Type.String({
        pattern: addressPattern,
        maxLength: 320,
        examples: ['oncall@example.com'],
        description: 'One mail address, without a display name.',
      }),
      { minItems: 1, maxItems: 1000, description: 'Addresses to mail, at least one.' },
    ),
  },
  { ...closed, description: 'Whom to mail.' },
)
export type EmailReceiverSpec = Static<typeof EmailReceiverSpec>

/** The block `spec.receivers.options.email`. */
export const EmailOptions = Type.Object(
  {
    notificationTimeout: Type.Optional(
      duration({
        description:
          'How long connecting and the greeting of the mail server may take; the dialogue after it has 30s. A bare integer counts seconds. Defaults to 3s.',
      }),
    ),
    deliveryType: Type.Optional(
      Type.String({
        pattern: '^([Bb][Uu][Ll][Kk]|[Ss][Ii][Nn][Gg][Ll][Ee])$',
        examples: ['bulk', 'single'],
        description:
          "`bulk`: one mail to all of a receiver's addresses; `single`: one mail an address. Case does not matter. Defaults to bulk.",
      }),
    ),
    maxEmailReceivers: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 2_147_483_647,
        description: 'How many addresses one bulk mail may have; more of them make more mails. Defaults to no limit.',
      }),
    ),
    template: Type.Optional(
      Type.String({ maxLength: 512, description: "Template of the mail's body. Defaults to `nm.default.html`." }),
    ),
    subjectTemplate: Type.Optional(
      Type.String({ maxLength: 512, description: "Template of the mail's subject. Defaults to `nm.default.subject`." }),
    ),
  },
  { ...closed, description: 'Options of all mail receivers.' },
)
export type EmailOptions = Static<typeof EmailOptions>
