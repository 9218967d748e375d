import { root, version } from './assets.ts'
import { startApp, type App } from './app.ts'
import { type Terminal, type Toolbox } from './cli/toolbox.ts'
import { startDemo } from './demo.ts'
import { type Logger } from './model/ports.ts'
import { generated, load, parsePayload, readManifests } from './offline.ts'
import { readLogSettings, readSettings, type Settings } from './settings.ts'
import { connect } from './remote.ts'
import { createLogger, systemClock, systemRandom } from './system.ts'
import { openDirectory, type OpenSource } from './pipeline.ts'

/** What the verbs may do, on this process. */
export function createToolbox(process: NodeJS.Process): Toolbox {
  const { env } = process
  const terminal = createTerminal(process)
  return {
    terminal,
    version,
    now: () => systemClock.now(),
    root,
    load: (paths, flags) => load(paths, flags, env),
    readManifests: (paths) => readManifests(paths, process.stdin),
    connect: (flags) => connect(flags, env),
    parsePayload,
    generated,
    async serve(flags) {
      const settings = readSettings(flags, env)
      const logger = processLogger(settings, process)
      const openSource = settings.manifests.length > 0 ? openDirectory : await loadCluster()
      const app = await startApp({ settings, logger, clock: systemClock, random: systemRandom, openSource })
      return untilStopped(process, logger, app)
    },
    async operate(flags) {
      const { readOperatorSettings, startOperator } = await import('./operate.ts')
      const logger = processLogger(readLogSettings(flags), process)
      const ports = { logger, clock: systemClock, random: systemRandom }
      return untilStopped(process, logger, await startOperator(readOperatorSettings(flags, env), ports))
    },
    async demo(flags) {
      const settings = readSettings(flags, env)
      const logger = processLogger(settings, process)
      const app = await startDemo(settings, flags, logger)
      terminal.out(`\n  Take alerts at  ${app.url}/api/v2/alerts\n  See mails at    ${app.url}/mailbox\n\n`)
      return untilStopped(process, logger, app)
    },
  }
}

/** The Kubernetes client takes half a second to load, which only those who need it should wait for. */
async function loadCluster(): Promise<OpenSource> {
  const { openCluster } = await import('./cluster.ts')
  return openCluster
}

/** Resolves with the exit code after the first SIGTERM or SIGINT; a second one ends the process at once. */
async function untilStopped(process: NodeJS.Process, logger: Logger, app: App): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>()
  process.once('SIGTERM', resolve).once('SIGINT', resolve)
  logger.info({ url: app.url }, 'Running')
  const signal = await promise
  process.once(signal, () => process.exit(1))
  await app.stop()
  return 0
}

function processLogger(
  { logLevel, logFormat }: Pick<Settings, 'logLevel' | 'logFormat'>,
  process: NodeJS.Process,
): Logger {
  return createLogger({ level: logLevel, format: logFormat, write: (line) => process.stderr.write(line) })
}

function createTerminal(process: NodeJS.Process): Terminal {
  // A reader that has seen enough, such as `head`, closes its end; that is no fault.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit()
    throw error
  })
  return {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    colour: process.stdout.isTTY && process.env['NO_COLOR'] === undefined,
  }
}
