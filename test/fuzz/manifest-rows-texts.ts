import { core, long, receiver, version, type Row } from './manifest-row.ts'

export const keys: readonly Row[] = [
  {
    name: 'objects with a toString of their own for kind and apiVersion',
    text: () => `kind: { toString: 1 }\napiVersion: { toString: 1 }\n---\n${version}\nkind: { toString: 1 }\n`,
  },
  { name: 'a duplicate key at the top', text: () => `${receiver('{}')}spec: {}\n` },
  {
    name: 'a duplicate key in the metadata',
    text: () => receiver('{}').replace('  name: hostile', '  name: hostile\n  name: other'),
  },
  { name: 'a duplicate key deep inside', text: () => receiver('{ tls: { rootCA: { name: a, name: b, key: c } } }') },
  { name: 'a duplicate key spelt differently', text: () => receiver('{ "to": [], to: [], \'to\': [] }') },
  { name: 'keys of other types', text: () => receiver('{ 1: a, null: b, true: c, [a]: d, {a: b}: e }') },
  { name: 'two keys that are null', text: () => receiver('\n  ? \n  : a\n  ? \n  : b') },
  {
    name: '__proto__ with a constructor',
    text: () =>
      receiver(
        '{ __proto__: { to: [a@example.com] }, constructor: { prototype: { polluted: 1 } }, hasOwnProperty: 1, toString: 1 }',
      ),
  },
  {
    name: '__proto__ in metadata and labels',
    text: () =>
      receiver('{}')
        .replace('type: global', '__proto__: { polluted: 1 }, constructor: x')
        .replace('  name:', '  __proto__: { name: evil }\n  name:'),
  },
  { name: '__proto__ as data', text: () => core('ConfigMap', 'data: { __proto__: 1, constructor: 2, toString: a }') },
  { name: '__proto__ as the name', text: () => receiver('{ to: [a@example.com] }', '__proto__') },
  {
    name: 'control characters in keys and names',
    text: () =>
      receiver(
        String.raw`{ "\e]0;owned\a": 1, "\e[2J": 2, "a\nb": 3, "\x9b31m": 4, "\u202eabc": 5, "\x7f": 6, "\u2028x": 7 }`,
        String.raw`"\e[31mred\r\n\x9b\u202e"`,
      ),
  },
  {
    name: 'control characters in a kind and an apiVersion',
    text: () =>
      String.raw`{ apiVersion: "notification.kubesphere.io/\e[2J\u202e", kind: "\e[2J\x9b", metadata: { name: "\e[2J" } }`,
  },
  {
    name: 'control characters in values',
    text: () =>
      receiver(
        String.raw`{ to: ["\e[2J\x9b\u202e"], alertSelector: { matchExpressions: [{ key: a, operator: "\e[2J\x9b\u202e" }] }, template: "\e[2J\x9b" }`,
      ),
  },
  {
    name: 'control characters of a Secret',
    text: () => core('Secret', String.raw`data: { "\e[2J\x9b\u202e": "%" }`, String.raw`"\e[2J\x9b"`),
  },
  {
    name: 'control characters in a repeated key',
    text: () => String.raw`{ "\e[2J\x9b\u202e": 1, "\e[2J\x9b\u202e": 2 }`,
  },
  {
    name: 'control characters in two objects of one name',
    text: () =>
      `${core('Secret', 'stringData: { a: b }', String.raw`"\e[2J\x9b"`)}---\n${core('Secret', 'stringData: { a: c }', String.raw`"\e[2J\x9b"`)}`,
  },
]

export const bytes: readonly Row[] = [
  { name: 'an empty file', harmless: true, text: () => '' },
  { name: 'NUL', text: () => `${receiver('{}')}\0` },
  { name: 'NUL as an escape', text: () => receiver('{ to: ["\\0"], "\\0": 1 }') },
  { name: 'a byte order mark', harmless: true, text: () => `\ufeff${receiver('{ to: [a@example.com] }', 'marked')}` },
  { name: 'two byte order marks', text: () => `\ufeff\ufeff${receiver('{}')}` },
  { name: 'a byte order mark in the middle', text: () => `${receiver('{}')}---\n\ufeff${receiver('{}')}` },
  { name: 'UTF-16', text: () => Buffer.from(`\ufeff${receiver('{}')}`, 'utf16le') },
  {
    name: 'UTF-32',
    text: () => Buffer.from([...Buffer.from(receiver('{}'))].flatMap((byte) => [byte, 0, 0, 0])),
  },
  { name: 'Latin-1', text: () => Buffer.from(receiver('{ to: [é@example.com] }'), 'latin1') },
  { name: 'a lone surrogate as an escape', text: () => receiver('{ to: ["\\ud800"], "\\udfff": 1 }') },
  {
    name: 'a lone surrogate as bytes',
    text: () => Buffer.concat([Buffer.from(receiver('{}')), Buffer.from([0xed, 0xa0, 0x80])]),
  },
  { name: 'an overlong slash', text: () => Buffer.concat([Buffer.from(receiver('{}')), Buffer.from([0xc0, 0xaf])]) },
  { name: 'CRLF', text: () => receiver('\n  to: a').replaceAll('\n', '\r\n') },
  { name: 'CR', text: () => receiver('\n  to: a').replaceAll('\n', '\r') },
  { name: 'tabs', text: () => receiver('\n\tto:\n\t- a') },
  { name: 'tabs after colons', text: () => receiver('\t{ to: 1 }') },
  { name: 'other line ends', text: () => receiver('\n  to: a').replaceAll('\n', '\u0085').concat('\u2028\u2029') },
  {
    name: 'JSON',
    text: () =>
      JSON.stringify({
        apiVersion: 'notification.kubesphere.io/v2alpha1',
        kind: 'EmailReceiver',
        metadata: { name: 'json' },
        spec: { to: 1 },
      }),
  },
  {
    name: 'JSON with a comma too many',
    text: () => '{"apiVersion":"notification.kubesphere.io/v2alpha1","kind":"EmailReceiver",,}',
  },
  {
    name: 'JSON cut off',
    text: () => '{"apiVersion":"notification.kubesphere.io/v2alpha1","kind":"EmailReceiver","metadata":{"na',
  },
  {
    name: 'a JSON list',
    text: () => '[{"apiVersion":"notification.kubesphere.io/v2alpha1","kind":"EmailReceiver","metadata":{"name":"a"}}]',
  },
  { name: 'JSON lines', text: () => '{"apiVersion":"notification.kubesphere.io/v2alpha1"}\n'.repeat(1_000) },
  { name: 'HTML', text: () => '<!DOCTYPE html>\n<html><body>404: Not Found</body></html>\n' },
  { name: 'a shell script', text: () => '#!/bin/sh\ncat <<EOF | kubectl apply -f -\napiVersion: v1\nEOF\n' },
  { name: 'a private key', text: () => '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n' },
]

export const values: readonly Row[] = [
  '1e400',
  '-1',
  '99999999999999999999999999',
  '1.5',
  '"1h-1m"',
  '"9999999999999999999999h"',
  '".5s"',
  '"1e9h"',
  '-0',
  '0x10',
  '.nan',
  `"${'1m'.repeat(long / 2.5)}"`,
  `"${'9'.repeat(long)}"`,
  `"${'1.'.repeat(long / 3)}s"`,
  `"${'a.'.repeat(long / 3)}"`,
  `"${'@'.repeat(long)}"`,
  `"http://${'a@'.repeat(long / 3)}"`,
  `"${'-'.repeat(long)}!"`,
  `"${' '.repeat(long)}x"`,
].map((value) => ({
  name: `the value ${value.slice(0, 30)}`,
  text: () =>
    `${version}\nkind: NotificationManager\nmetadata: { name: other }\nspec: { receivers: { tenantKey: a, options: { email: { notificationTimeout: &a ${value}, maxEmailReceivers: *a }, webhook: { notificationTimeout: *a }, wechat: { notificationTimeout: *a, wechatApiUrl: *a }, dingtalk: { notificationTimeout: *a } } } }\n---\n` +
    `${version}\nkind: EmailConfig\nmetadata: { name: hostile, labels: { type: default } }\nspec: { smartHost: { host: &a ${value}, port: *a }, from: *a, authUsername: *a }\n---\n` +
    `${version}\nkind: WebhookReceiver\nmetadata: { name: hostile, labels: { type: global } }\nspec: { url: ${value} }\n---\n` +
    receiver(`{ to: [${value}] }`),
}))
