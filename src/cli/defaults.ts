import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Defaults of every flag, in the notation of the command line; `--help` prints them from here. */
export const defaults = {
  listen: '0.0.0.0:19093',
  server: 'http://127.0.0.1:19093',
  data: '.notification-manager',
  namespace: 'default',
  logLevel: 'info',
  logFormat: 'logfmt',
  postTimeout: '5s',
  attemptTimeout: '60s',
  concurrency: '64',
  maxPending: '100000',
  maxMebibytes: '2048',
  maxHistory: '200000',
  maxAge: '24h',
  drainGrace: '0s',
  drainTimeout: '20s',
  serverLease: 'notification-manager-server',
  operatorLease: 'notification-manager-operator',
  operatorListen: '0.0.0.0:8080',
  operatorNamespace: 'notification-manager-system',
  image: 'notification-manager:0.1.0',
  serverServiceAccount: 'notification-manager-server',
  watchSilence: '2m',
  sourceRate: '2000',
  egressPolicy: 'default',
  mailboxSmtpPort: '19025',
  mailboxHttpPort: '19080',
} as const

/** A folder that outlives the process, so that `kill -9` and a new start show what durable means. */
export const demoDataDirectory = join(tmpdir(), 'notification-manager-demo')
