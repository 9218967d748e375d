import { Type, type Static } from 'typebox'
import { TLSConfig, closed, duration, httpUrl, port, secretKeyRef, stringEnum } from '../../model/fragments.ts'

/** A webhook needs no config; the kind exists so that manifests written for the predecessor apply. */
export const WebhookConfigSpec = Type.Object(
  {},
  { ...closed, description: 'Empty: everything about a webhook is said by its receiver.' },
)
export type WebhookConfigSpec = Static<typeof WebhookConfigSpec>

/** How to speak to the far side. */
export const WebhookHttpConfig = Type.Object(
  {
    basicAuth: Type.Optional(
      Type.Object(
        {
          username: Type.String({ maxLength: 512, description: 'User name.' }),
          password: Type.Optional(secretKeyRef('The password. Without one an empty password is sent.')),
        },
        { ...closed, description: 'Basic authentication. A bearer token goes before it.' },
      ),
    ),
    bearerToken: Type.Optional(
      secretKeyRef(
        'Value of the Authorization header. A value that holds a scheme, as in `Token abc`, is sent as it is; otherwise `Bearer ` goes before it.',
      ),
    ),
    proxyUrl: Type.Optional(httpUrl({ description: 'Proxy to go through. Defaults to none.' })),
    tlsConfig: Type.Optional(TLSConfig),
  },
  { ...closed, description: 'How to speak to the far side: authentication, proxy, TLS.' },
)
export type WebhookHttpConfig = Static<typeof WebhookHttpConfig>

/** A Service of the cluster to post to. */
export const WebhookService = Type.Object(
  {
    name: Type.String({
      pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
      maxLength: 253,
      examples: ['audit'],
      description: 'Name of the Service.',
    }),
    namespace: Type.Optional(
      Type.String({
        pattern: '^([a-z0-9]([-a-z0-9]*[a-z0-9])?)?$',
        maxLength: 63,
        examples: ['monitoring'],
        description:
          "Namespace of the Service. Without it the bare name is used, which a cluster's DNS looks up in the server's own namespace.",
      }),
    ),
    path: Type.Optional(
      Type.String({
        format: 'uri-reference',
        pattern: String.raw`^[^\x00-\x20\x7F]*$`,
        maxLength: 2048,
        examples: ['/alerts'],
        description: 'Path, with or without its leading slash, and query to post to. Defaults to `/`.',
      }),
    ),
    port: Type.Optional(
      port({ description: 'Port of the Service, as number or text. Defaults to 80 for http and 443 for https.' }),
    ),
    scheme: Type.Optional(stringEnum(['http', 'https'], { description: 'Defaults to http.' })),
  },
  { ...closed, description: 'A Service of the cluster to post to.' },
)
export type WebhookService = Static<typeof WebhookService>

/** Where to post. */
export const WebhookReceiverSpec = Type.Object(
  {
    url: Type.Optional(httpUrl({ description: 'Address to post to, http or https. Goes before `service`.' })),
    service: Type.Optional(WebhookService),
    httpConfig: Type.Optional(WebhookHttpConfig),
  },
  { ...closed, description: 'Where to post; url or service must be given, and url wins when both are.' },
)
export type WebhookReceiverSpec = Static<typeof WebhookReceiverSpec>

/** The block `spec.receivers.options.webhook`. */
export const WebhookOptions = Type.Object(
  {
    notificationTimeout: Type.Optional(
      duration({ description: 'How long one attempt may take. A bare integer counts seconds. Defaults to 5s.' }),
    ),
    template: Type.Optional(
      Type.String({
        maxLength: 512,
        description:
          'Template of the body. Defaults to `webhook.default.message`, which is the notification as JSON in the shape of Alertmanager.',
      }),
    ),
  },
  { ...closed, description: 'Options of all webhook receivers.' },
)
export type WebhookOptions = Static<typeof WebhookOptions>
