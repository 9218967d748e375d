import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { createRig, type Rig } from '../../support/channel-rig.ts'
import { openMailSender, sendMail, verdictOf, type Sending } from '../../support/mail-sending.ts'
import { startExim, type Exim, type EximAccount, type EximMechanism } from '../../support/programs/exim.ts'
import { waitFor } from '../../support/programs/process.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { tlsFixture } from '../../support/tls.ts'

const account = { user: 'alerts@example.com', password: 'pässwörd with spaces' }
const secrets = { 'mail/password': account.password, 'mail/ca': tlsFixture().ca }
const password = { name: 'mail', key: 'password' }
const tls = { rootCA: { name: 'mail', key: 'ca' }, serverName: 'mail.test' }
const submissionsPort = 465

async function exim(context: TestContext, options: Partial<EximAccount> = {}): Promise<Exim> {
  const folder = join(await temporaryFolder(context), 'exim')
  await mkdir(folder)
  const server = await startExim(folder, { ...account, ...options })
  context.after(() => server.stop())
  return server
}

/** Certificate files that Exim can read. */
async function certificate(context: TestContext): Promise<{ readonly cert: string; readonly key: string }> {
  const folder = await temporaryFolder(context)
  const paths = { cert: join(folder, 'server.crt'), key: join(folder, 'server.key') }
  await writeFile(paths.cert, tlsFixture().server.cert, { mode: 0o644 })
  await writeFile(paths.key, tlsFixture().server.key, { mode: 0o644 })
  return paths
}

/** Sends, and waits for the mail to be stored when it was taken. */
async function send(
  server: Exim,
  rig: Rig,
  { port = server.port, ...sending }: Sending & { readonly port?: number },
): Promise<string> {
  const sender = openMailSender(rig)
  const delivery = await sendMail({ rig, sender }, port, { secrets, ...sending })
  await sender.close()
  if (delivery.outcome === 'sent') {
    await waitFor('the mail', async () => ((await server.mails()).length > 0 ? true : undefined), {
      describe: server.log,
    })
  }
  return verdictOf(delivery)
}

describe('email through a real Exim', () => {
  const mechanisms: readonly (readonly [EximMechanism, object, RegExp])[] = [
    ['PLAIN', { authPassword: password }, /A=plain:alerts@example\.com/u],
    ['LOGIN', { authPassword: password }, /A=login:alerts@example\.com/u],
    ['CRAM-MD5', { authSecret: password }, /A=cram:alerts@example\.com/u],
  ]
  for (const [mechanism, credential, logged] of mechanisms) {
    it(`logs in with ${mechanism} inside STARTTLS, and the certificate is checked`, async (context) => {
      const server = await exim(context, { mechanisms: [mechanism], tls: await certificate(context) })
      const config = { authUsername: account.user, ...credential, requireTLS: true, tls }

      assert.equal(await send(server, createRig(), { config }), 'sent')
      assert.match(server.log(), /P=esmtpsa X=TLS1\.[23]/u)
      assert.match(server.log(), logged)
    })
  }

  it('speaks TLS from the first byte on port 465', async (context) => {
    const server = await exim(context, { tls: await certificate(context), implicitTls: true })
    const rig = createRig()
    const { egress } = rig.deps
    // Only root may listen on 465, so the way there leads to the server's own port.
    const here = {
      ...egress,
      connect: ({ host }: { host: string }, signal: AbortSignal) => egress.connect({ host, port: server.port }, signal),
    }
    const config = { authUsername: account.user, authPassword: password, tls }

    assert.equal(
      await send(server, { ...rig, deps: { ...rig.deps, egress: here } }, { config, port: submissionsPort }),
      'sent',
    )
    assert.match(server.log(), /P=esmtpsa X=TLS1\.[23]/u)
  })

  it('sends nothing in the clear when STARTTLS is required and not offered', async (context) => {
    const server = await exim(context)
    const config = { authUsername: account.user, authPassword: password, requireTLS: true }

    assert.match(await send(server, createRig(), { config }), /^retry /u)
    assert.deepEqual(await server.mails(), [])
  })

  it('does not trust a certificate that nobody vouches for', async (context) => {
    const server = await exim(context, { tls: await certificate(context) })
    const config = { authUsername: account.user, authPassword: password, requireTLS: true }

    assert.match(await send(server, createRig(), { config }), /^retry /u)
    assert.deepEqual(await server.mails(), [])
  })

  it('gives up on a wrong password', async (context) => {
    const server = await exim(context, { tls: await certificate(context) })
    const config = { authUsername: account.user, authPassword: password, requireTLS: true, tls }
    const wrong = { ...secrets, 'mail/password': 'wrong' }

    assert.equal(await send(server, createRig(), { config, secrets: wrong }), 'failed authError')
  })
})
