/** TLS material of one connection, already read from its Secrets. PEM text. */
export interface TlsOptions {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly serverName?: string
  readonly insecureSkipVerify?: boolean
}

/** One request. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly tls?: TlsOptions
  readonly proxyUrl?: string
  readonly signal: AbortSignal
}

/** A whole answer, its body cut at the client's limit. */
export interface HttpResponse {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

/**
 * The only way out over HTTP: address policy on the resolved address, no redirects, bounded bodies, pooled connections.
 * Throws HttpError, whose message holds no URL beyond its origin.
 */
export interface HttpClient {
  request(request: HttpRequest): Promise<HttpResponse>
  close(): Promise<void>
}
