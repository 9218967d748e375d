import assert from 'node:assert/strict'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { createShelf } from '../../src/mailbox/shelf.ts'
import { createStore } from '../../src/mailbox/store.ts'
import { type CaughtMessage } from '../../src/model/mailbox.ts'
import { createLogCapture } from '../support/log-capture.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

function aMessage(subject: string, text = ''): Omit<CaughtMessage, 'id'> {
  const headers = new Map<string, string>()
  return {
    at: 0,
    channel: 'email',
    from: '',
    to: ['Dev@example.com'],
    subject,
    text,
    html: '',
    headers,
    path: '',
    raw: '',
  }
}

function subjects(messages: readonly CaughtMessage[]): readonly string[] {
  return messages.map(({ subject }) => subject)
}

describe('the messages', () => {
  it('are listed newest first, filtered by a part of a recipient in any case', () => {
    const store = createStore({ maxMessages: 10, maxBytes: 1_000 })
    for (const subject of ['a', 'b', 'c']) store.add(aMessage(subject))

    assert.deepEqual(subjects(store.list()), ['c', 'b', 'a'])
    assert.deepEqual(subjects(store.list({ to: 'dev@', limit: 2 })), ['c', 'b'])
    assert.deepEqual(subjects(store.list({ to: 'ops@' })), [])
    assert.deepEqual(subjects(store.list({ channel: 'http' })), [])
  })

  it('make room for new ones, by number and by size', () => {
    const few = createStore({ maxMessages: 2, maxBytes: 1_000 })
    const small = createStore({ maxMessages: 10, maxBytes: 10 })
    for (const subject of ['a', 'b', 'c']) few.add(aMessage(subject))
    for (const subject of ['a', 'b', 'c']) small.add(aMessage(subject, 'xxxx'))

    assert.deepEqual(subjects(few.list()), ['c', 'b'])
    assert.deepEqual(subjects(small.list()), ['c', 'b'])
  })

  it('keep their ids apart after a clear', () => {
    const store = createStore({ maxMessages: 10, maxBytes: 1_000 })
    const before = store.add(aMessage('a'))
    store.clear()
    const after = store.add(aMessage('b'))

    assert.notEqual(before.id, after.id)
    assert.equal(store.get(before.id), undefined)
    assert.equal(store.get(after.id)?.subject, 'b')
    assert.equal(store.get('__proto__'), undefined)
  })
})

describe('waiting for a message', () => {
  const forever = new AbortController().signal

  it('finds one that is there already', async () => {
    const store = createStore({ maxMessages: 10, maxBytes: 1_000 })
    store.add(aMessage('a'))

    assert.equal((await store.waitFor(({ subject }) => subject === 'a', forever)).subject, 'a')
  })

  it('wakes every waiter whose message comes, and no other', async () => {
    const store = createStore({ maxMessages: 10, maxBytes: 1_000 })
    const stop = new AbortController()
    const first = store.waitFor(({ subject }) => subject === 'b', forever)
    const second = store.waitFor(({ subject }) => subject === 'b', forever)
    const never = store.waitFor(({ subject }) => subject === 'c', stop.signal)

    store.add(aMessage('a'))
    store.add(aMessage('b'))
    stop.abort(new Error('enough'))

    assert.equal(await first, await second)
    await assert.rejects(never, /enough/u)
  })

  it('rejects at once when the signal has aborted before', async () => {
    const store = createStore({ maxMessages: 10, maxBytes: 1_000 })

    await assert.rejects(
      store.waitFor(() => true, AbortSignal.abort(new Error('too late'))),
      /too late/u,
    )
  })
})

describe('a store with a shelf', () => {
  const limits = { maxMessages: 3, maxBytes: 1_000 }

  it('begins with what an earlier life kept, and goes on counting', async (t) => {
    const directory = await temporaryFolder(t)
    const logger = createLogCapture()
    const first = createStore(limits, createShelf({ directory, logger }))
    const json: unknown = JSON.parse('{"__proto__": [1]}')
    const before = first.add({ ...aMessage('a'), json, headers: new Map([['__proto__', 'x']]) })

    const second = createStore(limits, createShelf({ directory, logger }))
    const after = second.add(aMessage('b'))

    assert.deepEqual(second.get(before.id), before)
    assert.deepEqual(subjects(second.list()), ['b', 'a'])
    assert.notEqual(after.id, before.id)
  })

  it('keeps no file of a message that is gone', async (t) => {
    const directory = await temporaryFolder(t)
    const store = createStore(limits, createShelf({ directory, logger: createLogCapture() }))
    for (let count = 0; count < 12; count += 1) store.add(aMessage(String(count)))

    assert.deepEqual((await readdir(join(directory, 'mailbox'))).sort(), ['m10.json', 'm11.json', 'm12.json'])
    store.clear()
    assert.deepEqual(await readdir(join(directory, 'mailbox')), [])
  })

  it('leaves out what it cannot read, and says so', async (t) => {
    const directory = await temporaryFolder(t)
    const logger = createLogCapture()
    createStore(limits, createShelf({ directory, logger })).add(aMessage('a'))
    const rubbish = ['{"id": "m2", ', 'null', '{}', '{"id": "m1"}', '']
    for (const [place, text] of rubbish.entries()) {
      await writeFile(join(directory, 'mailbox', `m${place + 2}.json`), text)
    }
    for (const name of ['m9.json.part', 'notes.txt', '../m8.json'])
      await writeFile(join(directory, 'mailbox', name), '')

    const store = createStore(limits, createShelf({ directory, logger }))

    assert.deepEqual(subjects(store.list()), ['a'])
    assert.equal(logger.messages('warn').length, rubbish.length)
  })
})
