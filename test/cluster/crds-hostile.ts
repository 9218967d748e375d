import { type JsonSchema } from '../../src/api/json-schema.ts'

/** Values of all types, for any field. */
const ofAnyType: readonly unknown[] = [
  ...[null, true, [], {}, [''], ['a'], [1], [null], [{}], { a: 'b' }, { a: 1 }, { a: null }, '', 'a'],
  // At the limits of 16, 31, 53 and 63 bits, and beyond all of them.
  ...[0, -1, 1.5, 65_536, 2 ** 31 - 1, 2 ** 31, 2 ** 53 - 1, 2 ** 63, -(2 ** 63), 1e30],
  // References and selectors.
  ...[{ name: 's', key: 'k', namespace: 'n' }, { name: '', key: 'k' }, { name: 's' }, { matchLabels: {} }],
  ...[
    { key: 'a', operator: 'In', values: [] },
    { key: 'a', operator: 'Exists', values: ['b'] },
  ],
]

/** Text that is wrong, odd or at a limit in one field or another. */
const texts: readonly string[] = [
  ...[
    ' ',
    '\t',
    '\u3000',
    'a b',
    'h\u0000',
    'é',
    '🔥'.repeat(300),
    'x'.repeat(70),
    'x'.repeat(600),
    'x'.repeat(70_000),
  ],
  ...['null', '0', '-1', '80', '65536', '30s', '1.5h', '.5s', '1µs', '-1s', '500m', '1Gi', '1e3', '+1'],
  ...['a--b', 'web-8080', 'A', 'a@b', 'a@b\n', 'a|b', ' | ', 'In', 'bUlK', 'https', 'Always'],
]

const addresses: readonly string[] = [
  ...['https://example.com', 'HTTP://a:65535', 'http://a:65536', 'http://[::1', 'http://[::1]:80/?x#y', 'ftp://x'],
  ...['http://h/%zz', 'http://h#f', 'http:///x', 'http://u:p@h@h/', 'http://999.1.1.1/', 'http://é/', 'http://h\\x'],
]

/** What to try in a field of this schema. */
export function hostileValues(schema: JsonSchema): readonly unknown[] {
  const takesText = schema.type === 'string' || schema['x-kubernetes-int-or-string'] === true
  const takesAddresses = schema.format?.startsWith('uri') === true
  return [...ofAnyType, ...(takesText ? texts : []), ...(takesAddresses ? addresses : [])]
}
