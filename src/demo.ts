import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { startApp, type App } from './app.ts'
import { demoManifests } from './assets.ts'
import { defaults } from './cli/defaults.ts'
import { type VerbFlags } from './cli/toolbox.ts'
import { createMailbox } from './mailbox/mailbox.ts'
import { type Logger } from './model/ports.ts'
import { openDirectory } from './pipeline.ts'
import { parsePort, type Settings } from './settings.ts'
import { systemClock, systemRandom } from './system.ts'

/** The demo talks to its own mailbox only. */
const demoEgress = ['127.0.0.1/32']

/** Starts the server over the demo's manifests, and the mailbox that stands in for mail servers and webhooks. */
export async function startDemo(settings: Settings, flags: VerbFlags, logger: Logger): Promise<App> {
  const mailbox = createMailbox({
    smtpPort: parsePort('--mailbox-smtp-port', String(flags['mailboxSmtpPort'])),
    httpPort: parsePort('--mailbox-http-port', String(flags['mailboxHttpPort'])),
    directory: settings.dataDirectory,
    clock: systemClock,
    logger,
  })
  const ports = await mailbox.start()
  const manifests = manifestsFor(ports, settings.dataDirectory)
  const app = await startApp({
    settings: { ...settings, manifests, egressAllow: [...settings.egressAllow, ...demoEgress] },
    logger,
    clock: systemClock,
    random: systemRandom,
    mailbox,
    openSource: openDirectory,
  }).catch(async (error: unknown) => {
    await mailbox.stop()
    throw error
  })
  return {
    url: app.url,
    async stop() {
      await app.stop()
      await mailbox.stop()
    },
  }
}

/** The demo's manifests as they stand; for other ports than they name, copies that name these. */
function manifestsFor(
  ports: { readonly smtpPort: number; readonly httpPort: number },
  dataDirectory: string,
): readonly string[] {
  const { mailboxSmtpPort, mailboxHttpPort } = defaults
  if (String(ports.smtpPort) === mailboxSmtpPort && String(ports.httpPort) === mailboxHttpPort) return demoManifests
  const folder = join(dataDirectory, 'manifests')
  mkdirSync(folder, { recursive: true })
  return demoManifests.map((path) => {
    const text = readFileSync(path, 'utf8')
    const copy = join(folder, basename(path))
    writeFileSync(
      copy,
      text.replaceAll(mailboxSmtpPort, String(ports.smtpPort)).replaceAll(mailboxHttpPort, String(ports.httpPort)),
    )
    return copy
  })
}
