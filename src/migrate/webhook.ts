import { takePort, type ChannelMigration, type Spec } from './channel.ts'
import { takeTls, type Credentials } from './credential.ts'
import { compact, type Fields } from './fields.ts'

/** Webhooks; they need no config, and a Config that has nothing else makes none. */
export const webhook: ChannelMigration = {
  name: 'webhook',
  configKind: 'WebhookConfig',
  receiverKind: 'WebhookReceiver',
  configSelectorField: 'webhookConfigSelector',
  config: () => ({}),
  receivers(source, credentials) {
    const service = source.below('service')
    return [
      compact({
        url: source.take('url'),
        service:
          service === undefined
            ? undefined
            : compact({
                name: service.take('name'),
                namespace: service.take('namespace'),
                path: service.take('path'),
                port: takePort(service),
                scheme: service.take('scheme'),
              }),
        httpConfig: takeHttpConfig(source, credentials),
      }),
    ]
  },
}

function takeHttpConfig(source: Fields, credentials: Credentials): Spec | undefined {
  const part = source.below('httpConfig')
  if (part === undefined) return undefined
  const basic = part.below('basicAuth')
  return compact({
    basicAuth:
      basic === undefined
        ? undefined
        : compact({ username: basic.take('username'), password: credentials.take(basic, 'password') }),
    bearerToken: credentials.take(part, 'bearerToken'),
    proxyUrl: part.take('proxyUrl'),
    tlsConfig: takeTls(part, 'tlsConfig', credentials),
  })
}
