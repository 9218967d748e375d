import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { crowd, startRig } from './dead-letter-rig.ts'
import { program } from './terminal.ts'

const payments = { type: 'tenant', namespace: 'payments' }

/** Clears the screen, in 7 bits and in 8, breaks the line, and turns the direction of writing. */
const hostile = 'a\u001B[2Jb\u009B2Jc\nd\u202Ee\u007F'
const obeyed = /[^\n\P{Cc}]|\p{Bidi_Control}/u

describe('dead-letters list', () => {
  it('prints a table, by receiver, tenant, channel and reason, and ends with 1 when nothing matches', async (t) => {
    const rig = await startRig(t)
    assert.deepEqual(await rig.ask('dead-letters', 'list'), { code: 1, out: '', err: 'No dead letter matches.\n' })
    await rig.post({ alertname: 'Down', namespace: 'payments' })
    await rig.dead(2)

    const { code, out, err } = await rig.ask('dead-letters', 'list')
    assert.deepEqual([code, err], [0, ''])
    const lines = out.trimEnd().split('\n')
    assert.equal(lines.length, 3)
    assert.match(lines[0] ?? '', /^ID +RECEIVER +TENANT +REASON +DIED +ALERTS +DETAIL$/u)
    const row =
      /^[0-9a-f-]{36} +WebhookReceiver\/on-call +payments +clientError +\d{4}-\d\d-\d\dT[\d:]{8}Z +1 +1 POST to .* answered 404/mu
    assert.match(out, row)
    assert.match(out, /WebhookReceiver\/everyone +- +clientError/u)

    const filtered: readonly (readonly [readonly string[], readonly string[]])[] = [
      [['--receiver', 'WebhookReceiver/on-call'], ['WebhookReceiver/on-call']],
      [['--tenant', 'payments'], ['WebhookReceiver/on-call']],
      [['--tenant', ''], ['WebhookReceiver/everyone']],
      [['--channel', 'email'], []],
      [['--reason', 'tooOld'], []],
      [['--reason', 'clientError', '--channel', 'webhook', '--tenant', 'payments'], ['WebhookReceiver/on-call']],
    ]
    for (const [flags, expected] of filtered) {
      const found = await rig.letters(...flags)
      assert.deepEqual(
        found.map(({ receiver }) => receiver),
        expected,
        flags.join(' '),
      )
    }
    const cut = await rig.ask('dead-letters', 'list', '--limit', '1')
    assert.deepEqual([cut.code, cut.out.trimEnd().split('\n').length], [0, 2])
    const strange = await rig.ask('dead-letters', 'list', '--channel', 'No Such')
    assert.equal(strange.code, 2)
    assert.match(strange.err, /answered 400: .*channel/u)
    assert.match(cut.err, /1 dead letter, as many as --limit says; there may be more/u)
  })

  it('lets no alert write to the terminal, whatever its labels are', async (t) => {
    const rig = await startRig(t)
    await rig.post({ alertname: hostile, [hostile]: hostile }, { [hostile]: hostile })
    await rig.dead(1)
    const [letter] = await rig.letters()
    for (const output of ['text', 'json']) {
      for (const argv of [['list'], ['show', letter?.notification ?? ''], ['replay', '--all', '--dry-run']]) {
        const { code, out } = await rig.ask('dead-letters', ...argv, '-o', output)
        assert.equal(code, 0)
        assert.doesNotMatch(out, obeyed, `${argv.join(' ')} as ${output}`)
      }
    }
    const { out } = await rig.ask('dead-letters', 'show', letter?.notification ?? '')
    assert.match(out, /alertname="a\\u001b\[2Jb\\u009b2Jc\\nd\\u202ee\\u007f"/u)
    const whole = await rig.ask('dead-letters', 'show', letter?.notification ?? '', '-o', 'json')
    const { alerts } = JSON.parse(whole.out) as { readonly alerts: readonly { readonly labels: object }[] }
    assert.deepEqual(alerts[0]?.labels, { alertname: hostile, [hostile]: hostile, cluster: 'default' })
  })
})

describe('dead-letters show', () => {
  it('prints what it was to tell whom, and why it was given up; ends with 1 when there is no such dead letter', async (t) => {
    const rig = await startRig(t)
    await rig.post({ alertname: 'Down', namespace: 'payments' }, { summary: 'It is "down".' })
    await rig.dead(2)
    const [letter] = await rig.letters('--tenant', 'payments')

    const { code, out } = await rig.ask('dead-letters', 'show', letter?.notification ?? '')
    assert.equal(code, 0)
    for (const line of [
      /^id +[0-9a-f-]{36}$/mu,
      /^receiver +WebhookReceiver\/on-call$/mu,
      /^tenant +payments$/mu,
      /^died +\S+Z, after 1 attempt$/mu,
      /^reason +clientError$/mu,
      /^group +\{\}:\{alertname="Down"\}$/mu,
      /^firing +alertname="Down" namespace="payments" cluster="default" since 2026-11-22T09:41:07/mu,
      /^ +summary="It is \\"down\\"\."$/mu,
    ]) {
      assert.match(out, line)
    }
    assert.deepEqual(await rig.ask('dead-letters', 'show', 'nobody'), {
      code: 1,
      out: '',
      err: 'There is no dead letter nobody.\n',
    })
  })
})

describe('dead-letters replay and discard', () => {
  it('take ids, say which of them are none, and change nothing in a dry run', async (t) => {
    const rig = await startRig(t)
    await rig.post({ alertname: 'Down', namespace: 'payments' })
    await rig.dead(2)
    const [first, second] = (await rig.letters()).map(({ notification }) => notification)
    const ids = [first ?? '', 'nobody', second ?? '']

    for (const change of ['replay', 'discard']) {
      const { code, out, err } = await rig.ask('dead-letters', change, ...ids, '--dry-run')
      assert.equal(code, 1)
      assert.match(out, /^2 dead letters would be .*; nothing was changed$/mu)
      assert.ok(out.includes(first ?? '-') && out.includes(second ?? '-'))
      assert.match(err, /There is no dead letter nobody\./u)
    }
    rig.peer.answer = { status: 200 }
    const replayed = await rig.ask('dead-letters', 'replay', ...ids)
    assert.deepEqual(replayed, {
      code: 1,
      out: '2 dead letters were put back into the outbox\n',
      err: 'There is no dead letter nobody.\n',
    })
    await rig.dead(0)
    assert.equal((await rig.ask('dead-letters', 'discard', first ?? '')).code, 1)
    const told = await rig.ask('history', '--notification', first ?? '')
    assert.match(told.out, /\bsent\b[^]*\bdead\b/u, 'youngest first')
  })

  it('take what matches, the oldest first and no more than --limit', async (t) => {
    const rig = await startRig(t)
    for (const [place, alertname] of ['A', 'B', 'C'].entries()) {
      await rig.post({ alertname, namespace: 'payments' })
      await rig.dead(2 * place + 2)
    }
    const oldest = (await rig.letters('--tenant', 'payments')).map(({ notification }) => notification).reverse()
    const dry = await rig.ask(
      'dead-letters',
      'discard',
      '--tenant',
      'payments',
      '--limit',
      '2',
      '--dry-run',
      '-o',
      'json',
    )
    const { count, deadLetters } = JSON.parse(dry.out) as {
      readonly count: number
      readonly deadLetters: readonly { readonly notification: string }[]
    }
    assert.deepEqual([count, deadLetters.map(({ notification }) => notification)], [2, oldest.slice(0, 2)])

    const { code, out } = await rig.ask('dead-letters', 'discard', '--tenant', 'payments', '--limit', '2')
    assert.deepEqual([code, out], [0, '2 dead letters were discarded; others match\n'])
    assert.deepEqual(
      (await rig.letters('--tenant', 'payments')).map(({ notification }) => notification),
      oldest.slice(2),
    )
    const none = await rig.ask('dead-letters', 'discard', '--reason', 'tooOld')
    assert.deepEqual([none.code, none.out], [1, '0 dead letters were discarded\n'])
    assert.equal((await rig.letters()).length, 4)
  })

  it('go on until all are changed, and replay none twice although they die again', { timeout: 120_000 }, async (t) => {
    const [global, others] = [1_005, 20]
    const rig = await startRig(t, [...crowd(global, { type: 'global' }), ...crowd(others, payments)])
    await rig.post({ alertname: 'Down', namespace: 'payments' })
    await rig.dead(global + others)

    const dry = await rig.ask('dead-letters', 'replay', '--tenant', '', '--dry-run')
    assert.match(dry.out, /^1000 dead letters would be put back into the outbox; there may be more than these/mu)
    const replayed = await rig.ask('dead-letters', 'replay', '--tenant', '', '-o', 'json')
    assert.equal(replayed.code, 0)
    assert.equal((JSON.parse(replayed.out) as { readonly count: number }).count, global)
    await rig.dead(global + others)
    assert.equal(rig.peer.requests.length, 2 * global + others)

    assert.deepEqual(await rig.ask('dead-letters', 'discard', '--channel', 'webhook'), {
      code: 0,
      out: `${global + others} dead letters were discarded\n`,
      err: '',
    })
    await rig.dead(0)
  })

  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [['replay'], /say which dead letters to replay: ids, --receiver, .* or --all/u],
    [['discard'], /say which dead letters to discard/u],
    [['discard', '--limit', '5'], /say which dead letters to discard/u],
    [['discard', 'one', '--tenant', 'red'], /discard takes ids, or --all or filters/u],
    [['discard', 'one', '--limit', '1'], /discard takes ids, or --all or filters/u],
    [['discard', '--all', '--tenant', 'red'], /--all means every dead letter/u],
    [['replay', '--all', '--limit', '0'], /--limit: "0" is not a whole number above 0/u],
    [['replay', '..'], /replay: "\.\." is not an id/u],
    [['show', 'a/replay'], /show: "a\/replay" is not an id/u],
    [['list', '--limit', '1001'], /--limit: "1001" is not a whole number from 1 to 1000/u],
    [['list', '--receiver', 'ann'], /--receiver: "ann" is not Kind\/name/u],
  ]
  for (const [argv, message] of wrong) {
    it(`refuse what makes no sense before they ask: ${argv.join(' ')}`, async () => {
      const { code, out, err } = await program(['dead-letters', ...argv])
      assert.deepEqual([code, out], [2, ''])
      assert.match(err, message)
    })
  }
})

describe('outbox list and history', () => {
  it('tell what waits and why, and what became of it', async (t) => {
    const rig = await startRig(t)
    rig.peer.answer = { status: 503 }
    await rig.post({ alertname: 'Down', namespace: 'payments' })
    await rig.peer.arrival()

    const waiting = await rig.ask('outbox', 'list', '--receiver', 'WebhookReceiver/on-call')
    assert.equal(waiting.code, 0)
    assert.match(waiting.out, /^ID +RECEIVER +TENANT +ACCEPTED +ATTEMPTS +NEXT +REASON +DETAIL$/mu)
    assert.match(waiting.out, /WebhookReceiver\/on-call +payments/u)
    assert.match(waiting.out, /^2 waiting, 0 dead$/mu)
    rig.peer.answer = { status: 404 }
    await rig.dead(2)
    const told = await rig.ask('history', '--receiver', 'WebhookReceiver/everyone')
    assert.match(told.out, /WebhookReceiver\/everyone +- +1 +2 +dead +clientError/u)
    assert.deepEqual(await rig.ask('outbox', 'list'), {
      code: 1,
      out: '0 waiting, 2 dead\n',
      err: 'No waiting notification matches.\n',
    })
  })
})
