import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { chatText, chatTextOf } from '../../src/channels/chat-text.ts'

it('text for chats has line feeds and tabs, and no other control character', () => {
  assert.equal(chatText('a\r\nb\rc\u0085d\u2028e\u2029f\tg\u0000\u001b[31mh\u007f\u009b'), 'a\nb\nc\nd\ne\nf\tg[31mh')
  assert.equal(chatText('内存 🔥 e\u0301'), '内存 🔥 e\u0301')
})

it('text for chats needs no escapes of the form that vendors refuse, whatever it was', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 }), (units) => {
      const text = chatText(String.fromCharCode(...units))
      assert.doesNotMatch(JSON.stringify(text), /(?<!\\)(?:\\\\)*\\u/u)
      assert.equal(chatText(text), text)
    }),
  )
})

it('text for chats is never empty', () => {
  assert.equal(chatTextOf('x', 'mine'), 'x')
  for (const text of ['', ' \n\t', '\u0000']) assert.equal(chatTextOf(text, 'mine'), '(the template mine gave no text)')
})
