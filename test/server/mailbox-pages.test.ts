import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it, type TestContext } from 'node:test'
import { createStore, type MessageStore } from '../../src/mailbox/store.ts'
import { type CaughtMessage } from '../../src/model/mailbox.ts'
import { openDoor, type Door } from './harness.ts'

const attack = `"><script>alert(1)</script><img src=x onerror='alert(2)'>`

function aMessage(overrides: Partial<CaughtMessage> = {}): Omit<CaughtMessage, 'id'> {
  return {
    at: Date.UTC(2026, 10, 22, 16, 20, 5),
    channel: 'email',
    from: 'alerts@example.com',
    to: ['dev@example.com'],
    subject: '[FIRING:2] KubePodCrashLooping (payments)',
    text: 'two alerts',
    html: '<html><head></head><body><p>two alerts</p></body></html>',
    headers: new Map([['x-notification-id', '0191c3de-7a55']]),
    path: '',
    raw: 'Subject: [FIRING:2]\r\n\r\ntwo alerts',
    ...overrides,
  }
}

async function open(t: TestContext): Promise<Door & { readonly store: MessageStore }> {
  const store = createStore({ maxMessages: 10, maxBytes: 1_000_000 })
  return { ...(await openDoor(t, { mailbox: store })), store }
}

async function page({ server }: Door, url: string): Promise<{ readonly body: string; readonly policy: string }> {
  const answer = await server.inject({ url })
  assert.equal(answer.statusCode, 200, answer.body)
  assert.match(String(answer.headers['content-type']), /^text\/html/u)
  assert.equal(answer.headers['x-content-type-options'], 'nosniff')
  return { body: answer.body, policy: String(answer.headers['content-security-policy']) }
}

describe('/mailbox', () => {
  it('lists the newest message first, with its recipient, state and notification', async (t) => {
    const door = await open(t)
    door.store.add(aMessage())
    door.store.add(aMessage({ subject: '[RESOLVED] Watchdog', to: ['sre@example.com'] }))

    const { body } = await page(door, '/mailbox')

    assert.ok(body.indexOf('[RESOLVED] Watchdog') < body.indexOf('[FIRING:2] KubePodCrashLooping'))
    for (const text of ['dev@example.com', 'sre@example.com', 'row firing', 'row resolved', '0191c3de']) {
      assert.ok(body.includes(text), text)
    }
    assert.match(body, /datetime="2026-11-22T16:20:05\.000Z"/u)
  })

  it('filters by recipient and channel', async (t) => {
    const door = await open(t)
    door.store.add(aMessage({ subject: 'for dev' }))
    door.store.add(aMessage({ subject: 'for sre', to: ['SRE@example.com'] }))
    door.store.add(aMessage({ subject: 'for a hook', channel: 'http', to: ['/hooks'], path: '/hooks' }))

    const { body } = await page(door, '/mailbox?to=sre@&channel=email')
    const { body: hooks } = await page(door, '/mailbox?channel=http')

    assert.ok(body.includes('for sre') && !body.includes('for dev') && !body.includes('for a hook'))
    assert.ok(hooks.includes('for a hook') && !hooks.includes('for sre'))
  })

  it('says what to do while it is empty', async (t) => {
    const door = await open(t)

    assert.match((await page(door, '/mailbox')).body, /Nothing has been sent yet/u)
    assert.match((await page(door, '/mailbox?to=nobody')).body, /No message matches/u)
  })

  it('is not there when there is no mailbox', async (t) => {
    const { server } = await openDoor(t)

    assert.equal((await server.inject({ url: '/mailbox' })).statusCode, 404)
  })

  it('is emptied by DELETE only', async (t) => {
    const door = await open(t)
    door.store.add(aMessage())

    const post = await door.server.inject({ method: 'POST', url: '/mailbox' })
    const answer = await door.server.inject({ method: 'DELETE', url: '/mailbox' })

    assert.deepEqual([post.statusCode, answer.statusCode, door.store.list().length], [405, 200, 0])
  })

  it('allows exactly the style and the script that it carries', async (t) => {
    const door = await open(t)

    const { body, policy } = await page(door, '/mailbox')

    assert.match(policy, /^default-src 'none';/u)
    assert.doesNotMatch(policy, /unsafe/u)
    for (const [, text] of body.matchAll(/<(?:style|script)>([^]*?)<\/(?:style|script)>/gu)) {
      const hash = createHash('sha256')
        .update(text ?? '')
        .digest('base64')
      assert.ok(policy.includes(`'sha256-${hash}'`))
    }
  })
})

describe('/mailbox/:id', () => {
  const views = ['html', 'text', 'json', 'headers', 'raw']

  it('escapes everything that a message holds, in every view', async (t) => {
    const door = await open(t)
    const hostile = { subject: attack, from: attack, to: [attack], text: attack, raw: attack, path: attack }
    const headers = new Map([
      [attack, attack],
      ['x-notification-id', attack],
    ])
    const mail = door.store.add(aMessage({ ...hostile, headers, html: attack }))
    const hook = door.store.add(
      aMessage({ ...hostile, headers, channel: 'http', html: '', json: { [attack]: [attack, 1] } }),
    )

    const urls = [mail, hook].flatMap(({ id }) => views.map((view) => `/mailbox/${id}?view=${view}`))
    for (const url of ['/mailbox', `/mailbox?to=${encodeURIComponent(attack)}`, ...urls]) {
      const { body } = await page(door, url)
      assert.equal(body.match(/<script/gu)?.length, 1, url)
      assert.ok(!body.includes('<img') && !body.includes("onerror='"), url)
    }
  })

  it('shows the HTML part in a frame that can do nothing', async (t) => {
    const door = await open(t)
    const { id } = door.store.add(aMessage())

    const { body, policy: outer } = await page(door, `/mailbox/${id}`)
    const { body: mail, policy } = await page(door, `/mailbox/${id}/html`)

    assert.match(body, new RegExp(`<iframe[^>]*src="/mailbox/${id}/html"[^>]*sandbox="allow-popups`, 'u'))
    assert.match(outer, /frame-ancestors 'none'/u)
    assert.match(policy, /default-src 'none'.*sandbox allow-popups/u)
    assert.doesNotMatch(policy, /script-src|allow-scripts|allow-same-origin/u)
    assert.match(mail, /<head><base target="_blank"><\/head>/u)
  })

  it('shows JSON indented and whole', async (t) => {
    const door = await open(t)
    const json: unknown = JSON.parse('{"__proto__": "a", "n": -1.5e3, "list": [true, null, "<b>\\""]}')
    const { id } = door.store.add(aMessage({ channel: 'http', html: '', json }))

    const { body } = await page(door, `/mailbox/${id}`)

    const shown = /<pre>([^]*?)<\/pre>/u.exec(body)?.[1] ?? ''
    const text = shown
      .replaceAll(/<[^>]*>/gu, '')
      .replaceAll('&quot;', '"')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
    assert.equal(text, JSON.stringify(json, null, 2))
  })

  it('falls back to a view that the message has', async (t) => {
    const door = await open(t)
    const { id } = door.store.add(aMessage({ html: '' }))

    assert.match((await page(door, `/mailbox/${id}?view=html`)).body, /<pre>two alerts<\/pre>/u)
  })

  it('is 404 for a message that is not there, 400 for an id that cannot be', async (t) => {
    const { server } = await open(t)

    assert.equal((await server.inject({ url: '/mailbox/m999' })).statusCode, 404)
    assert.equal((await server.inject({ url: '/mailbox/m999/html' })).statusCode, 404)
    assert.equal((await server.inject({ url: '/mailbox/__proto__' })).statusCode, 400)
  })
})

describe('/mailbox.json', () => {
  it('gives the messages whole, newest first, at most as many as asked for', async (t) => {
    const door = await open(t)
    door.store.add(aMessage())
    door.store.add(aMessage({ subject: 'newest' }))

    const answer = await door.server.inject({ url: '/mailbox.json?limit=1' })

    const { messages } = answer.json<{ messages: (CaughtMessage & { headers: object })[] }>()
    assert.deepEqual(
      messages.map(({ id, subject, headers }) => ({ id, subject, headers })),
      [{ id: 'm2', subject: 'newest', headers: { 'x-notification-id': '0191c3de-7a55' } }],
    )
  })
})
