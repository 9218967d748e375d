/** What one client may ask of the door. */
export interface Limits {
  /** Of one request, bytes. */
  readonly maxBodyBytes: number
  /** Of all requests that are being read or handled, bytes. */
  readonly maxBufferedBytes: number
  readonly maxAlerts: number
  /** Of one alert; its annotations have the same limit. */
  readonly maxLabels: number
  /** Of the name of a label or an annotation, characters. */
  readonly maxNameChars: number
  /** Of a value, and of any other text of the body, characters. */
  readonly maxTextChars: number
  /** Time to answer a post, milliseconds. */
  readonly handlerTimeoutMs: number
  /** Time to receive the headers, milliseconds. */
  readonly headersTimeoutMs: number
  /** Time to receive the whole request, milliseconds. */
  readonly requestTimeoutMs: number
  /** How long an idle connection is kept, milliseconds. */
  readonly keepAliveTimeoutMs: number
  /** How often the two timeouts above are looked at, milliseconds. */
  readonly checkIntervalMs: number
  readonly maxConnections: number
  /** Of one address; of one subscriber's network when it is IPv6. */
  readonly maxConnectionsPerSource: number
  /** Time from a request's headers to the last byte of its answer being on its way, milliseconds. */
  readonly answerTimeoutMs: number
  /** How long `close()` waits for requests in flight before it cuts them, milliseconds. */
  readonly closeTimeoutMs: number
}

const mebibyte = 1024 * 1024

/** The limits that hold unless told otherwise. */
export const defaultLimits: Limits = {
  // About 16,000 alerts of 1 kB: more than any group that Alertmanager is known to send.
  maxBodyBytes: 16 * mebibyte,
  // Parsed JSON takes several times its text, so this keeps the heap below half a gigabyte.
  maxBufferedBytes: 64 * mebibyte,
  // Routed within the handler's deadline with some to spare.
  maxAlerts: 10_000,
  // Prometheus targets carry 10 to 40; a label per HTTP header or per pod label still fits.
  maxLabels: 256,
  // Prometheus sets no limit; names of metrics and labels stay below 200 in practice.
  maxNameChars: 1_024,
  // Whole logs have been put into annotations; what is longer would be cut by every channel many times over.
  maxTextChars: 262_144,
  // An HA peer of Alertmanager waits 15 s (`--cluster.peer-timeout`) before it sends the same group itself.
  handlerTimeoutMs: 5_000,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  // Longer than the idle time of the usual load balancers (60 s), so that it is they who close: a connection that the server
  // closes while a post is on its way is an error for the sender.
  keepAliveTimeoutMs: 75_000,
  checkIntervalMs: 5_000,
  maxConnections: 1_024,
  // One proxy or address translation may stand for many clients, and still must not be all of them.
  maxConnectionsPerSource: 256,
  // A body may take 30 s to arrive and a reload 60 s; the rest is for reading a long answer.
  answerTimeoutMs: 120_000,
  closeTimeoutMs: 10_000,
}
