import assert from 'node:assert/strict'
import { createHook } from 'node:async_hooks'
import { readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import { channels } from '../../src/channels/index.ts'
import { type Egress } from '../../src/channels/egress.ts'
import { createHttpClient } from '../../src/channels/http-client.ts'
import { AddressRefusedError } from '../../src/model/errors.ts'
import { type ChannelDriver, type StartDriver } from '../contract/drivers/driver.ts'
import { aNotification, createRig, planInput, renderOf } from '../support/channel-rig.ts'
import { settle } from '../support/fake-clock.ts'

/** Whatever can open a connection, ask a name server or start something that can. */
const doors =
  /^(?:node:(?:net|tls|http|https|http2|dgram|dns|dns\/promises|child_process|cluster|inspector|module|vm|worker_threads)|undici|nodemailer)(?:\/|$)/u

/** Every such value that the source imports, and what it is needed for. Types open nothing. */
const known: readonly string[] = [
  // The one place: every connection to where a tenant says begins here.
  'channels/egress-lookup.ts: node:dns/promises Resolver',
  'channels/egress-lookup.ts: node:net isIP',
  'channels/egress.ts: node:net connect, isIP, isIPv6',
  // Over the socket that the egress policy gave: TLS, a proxy's CONNECT, HTTP, SMTP.
  'channels/tls.ts: node:net isIP',
  'channels/tls.ts: node:tls connect',
  'channels/http-connector.ts: node:http request',
  'channels/http-client.ts: undici errors, Pool',
  'channels/email/session.ts: nodemailer/lib/smtp-connection SMTPConnection',
  // Pure functions.
  'channels/address-policy.ts: node:net BlockList, isIP, isIPv4',
  'channels/http-status.ts: node:http STATUS_CODES',
  'server/no-request.ts: node:http STATUS_CODES',
  'channels/email/message.ts: nodemailer/lib/addressparser addressparser',
  'channels/email/message.ts: nodemailer/lib/mail-composer MailComposer',
  // To the API server of the kubeconfig or the pod, never where a tenant says.
  'kubernetes/client-sockets.ts: undici Agent, ProxyAgent',
  'kubernetes/server-addresses.ts: node:dns/promises lookup',
  'kubernetes/server-addresses.ts: node:net isIP',
  // Listens only.
  'mailbox/http-catcher.ts: node:http createServer',
  // Threads of our own files, and kustomize.
  'directory/run-program.ts: node:child_process spawn',
  'notify/planning-program.ts: node:worker_threads Worker',
  'notify/threaded-writer.ts: node:worker_threads Worker',
  'notify/writer-thread.ts: node:worker_threads parentPort, workerData',
  'planning-thread.ts: node:worker_threads parentPort',
]

/** What reaches outside, or any module, without an import. `page` is a script that browsers run. */
const globals =
  /(?<![\w.'$#])(?:fetch\(|new (?:WebSocket|EventSource|XMLHttpRequest)|require\(|process\.(?:binding|dlopen)|(?:process\.)?getBuiltinModule)/u
const page = 'server/pages/script.ts'

interface SourceFile {
  readonly name: string
  readonly text: string
}

async function sources(): Promise<readonly SourceFile[]> {
  const files: SourceFile[] = []
  for await (const path of glob('src/**/*.ts')) {
    files.push({ name: path.replace(/^src\//u, ''), text: readFileSync(path, 'utf8') })
  }
  return files
}

/** `import a, { b as c, type D } from 'x'` gives a and b of x; a re-export is an import. */
function valuesOf({ name, text }: SourceFile): readonly string[] {
  const statements = text.matchAll(/^(?:import|export)\s+(?!type\b)([^'"]*?)\s+from\s+'([^']+)'/gmu)
  return [...statements].flatMap(([, names = '', target = '']) => {
    const values = names
      .split(/[{},]/u)
      .map((each) => each.trim().replace(/ as \w+$/u, ''))
      .filter((each) => each !== '' && !each.startsWith('type '))
    return doors.test(target) && values.length > 0 ? [`${name}: ${target} ${values.join(', ')}`] : []
  })
}

describe('the source', () => {
  it('has no way out but those that are known', async () => {
    const files = await sources()

    assert.deepEqual(files.flatMap(valuesOf).toSorted(), known.toSorted())
  })

  it('imports no way out without naming what it takes, and uses none that needs no import', async () => {
    const files = await sources()
    const bare = /^import '(?:node:)?(?:net|tls|http|https|dns|dgram)'|\bimport\((?!'\.)/mu
    const wrong = files.filter(({ name, text }) => bare.test(text) || (name !== page && globals.test(code(text))))

    assert.deepEqual(
      wrong.map(({ name }) => name),
      [],
    )
    assert.match(files.find(({ name }) => name === page)?.text ?? '', globals)
  })
})

/** Without comments, and without the call of the token cache, whose callers say how a token is fetched. */
function code(text: string): string {
  return text.replaceAll(/\/\*[^]*?\*\/|\/\/.*$/gmu, '').replaceAll('await fetch(shared)', '')
}

/** Connections that are begun and names that are asked for, by whatever means: what Node's core itself does. */
const attempts = ['TCPCONNECTWRAP', 'PIPECONNECTWRAP', 'GETADDRINFOREQWRAP', 'QUERYWRAP', 'UDPSENDWRAP']

function watchAttempts(): { readonly seen: readonly string[]; stop(): void } {
  const seen: string[] = []
  const hook = createHook({
    init(_id, type) {
      if (attempts.includes(type)) seen.push(type)
    },
  }).enable()
  return { seen, stop: () => void hook.disable() }
}

describe('a message', () => {
  for (const channel of channels) {
    describe(`of ${channel.name}`, () => {
      let driver: ChannelDriver
      before(async () => {
        const module = (await import(`../contract/drivers/${channel.name}.ts`)) as { readonly start: StartDriver }
        driver = await module.start()
      })
      after(() => driver.stop())

      /** Sends one message, and gives what Node was made to do meanwhile. */
      async function attemptsOver(egress?: Egress): Promise<readonly string[]> {
        const rig = createRig()
        const deps = egress === undefined ? rig.deps : { ...rig.deps, egress, http: createHttpClient({ egress }) }
        const sender = channel.open?.({ ...deps, ...(driver.apis === undefined ? {} : { apis: driver.apis }) })
        const notification = aNotification()
        const { receiver, config } = driver
        const input = planInput({ receiver, config, options: {}, notification, render: renderOf(notification) })
        const [part = assert.fail()] = channel.plan(input as never)
        const watch = watchAttempts()
        try {
          await sender?.send(part, rig.context(driver.secrets))
          await settle(100)
          return [...watch.seen]
        } finally {
          watch.stop()
          await sender?.close()
          await deps.http.close()
          await rig.close()
        }
      }

      it('opens nothing when the egress policy opens nothing', async () => {
        let asked = 0
        const refuse = (): never => {
          asked += 1
          throw new AddressRefusedError('nothing may be reached')
        }

        const seen = await attemptsOver({ connect: () => Promise.resolve().then(refuse), check: refuse })

        assert.deepEqual(seen, [])
        assert.ok(asked > 0)
      })

      it('is seen when it leaves, so that this can fail', async () => {
        assert.ok((await attemptsOver()).includes('TCPCONNECTWRAP'))
      })
    })
  }
})
