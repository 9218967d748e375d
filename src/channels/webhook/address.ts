import { basicOf } from '../basic-auth.ts'
import { type WebhookReceiverSpec, type WebhookService } from './schema.ts'

/** The URL that a receiver posts to; undefined when it names none, or none that can be read. `url` wins over `service`. */
export function addressOf(receiver: WebhookReceiverSpec): URL | undefined {
  const text = receiver.url ?? (receiver.service === undefined ? undefined : serviceUrl(receiver.service))
  const url = text === undefined ? null : URL.parse(text)
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:') ? url : undefined
}

/**
 * The URL of a Service. The suffix `svc` keeps a namespace that is also a top-level domain (`dev`, `app`) inside the cluster:
 * https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
 */
function serviceUrl({ name, namespace, path, port, scheme }: WebhookService): string {
  const host = namespace === undefined || namespace === '' ? name : `${name}.${namespace}.svc`
  const authority = port === undefined ? host : `${host}:${port}`
  return `${scheme ?? 'http'}://${authority}/${(path ?? '').replace(/^\/+/u, '')}`
}

/** The `user:password` of a URL as a Basic header's value, and the URL without it. */
export function splitUserInfo(url: URL): { readonly url: string; readonly basic: string | undefined } {
  const bare = new URL(url)
  bare.username = ''
  bare.password = ''
  bare.hash = ''
  return { url: bare.href, basic: basicOf(url) }
}
