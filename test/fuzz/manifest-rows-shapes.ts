import { core, flow, list, long, many, map, receiver, version, type Row } from './manifest-row.ts'

function laughs(levels: number, width: number): string {
  const lines = Array.from(
    { length: levels },
    (_, level) => `  l${level + 1}: &l${level + 1} [${list(width, () => `*l${level}`)}]`,
  )
  return `\n  l0: &l0 [ha]\n${lines.join('\n')}\n  to: *l${levels}`
}

function blocks(depth: number, leaf: string): string {
  const lines = Array.from({ length: depth }, (_, level) => `${' '.repeat(level + 2)}a:`)
  return `\n${lines.join('\n')} ${leaf}`
}

export const bombs: readonly Row[] = [
  { name: 'billion laughs', text: () => receiver(laughs(12, 9)) },
  { name: 'laughs just below the limit of aliases', text: () => receiver(laughs(3, 9)) },
  {
    name: 'a quadratic blow-up',
    text: () => receiver(`\n  a: &a ${'x'.repeat(100_000)}\n  to: ${flow(900, () => '*a')}`),
  },
  {
    name: 'many aliases of one list',
    text: () => receiver(`\n  a: &a ${flow(900, String)}\n  to: ${flow(900, () => '*a')}`),
  },
  { name: 'a hundred thousand aliases', text: () => receiver(`\n  a: &a b\n  to: ${flow(many, () => '*a')}`) },
  { name: 'a hundred thousand anchors', text: () => receiver(`\n  to: ${flow(many, (place) => `&a${place} b`)}`) },
  {
    name: 'a megabyte in five hundred labels of a selector, by aliases',
    text: () =>
      receiver(
        `\n  to: [a@example.com]\n  template: &a ${'x'.repeat(1_200_000)}\n  alertSelector: { matchLabels: ${map(500, (place) => `k${place}: *a`)} }`,
      ),
  },
  {
    name: 'a megabyte in five hundred values of a Secret that is there twice',
    text: () =>
      list(
        2,
        (place) =>
          core(
            'Secret',
            `place: ${place}\ndata:\n  a: &a ${'x'.repeat(1_200_000)}\nstringData: ${map(500, (at) => `k${at}: *a`)}`,
          ),
        '---\n',
      ),
  },
  {
    name: 'aliases inside anchors inside anchors',
    text: () =>
      receiver(
        `\n  a: &a ${flow(40_000, () => 'b')}\n  to: ${list(50, (place) => `&l${place} [`, ' ')}${list(450, () => '*a')}${list(50, () => ']', ' ')}\n  c: ${flow(50, (place) => `*l${place}`)}`,
      ),
  },
  {
    name: 'chained anchors',
    text: () => receiver(`\n  to: ${flow(20_000, (place) => (place === 0 ? '&a b' : '&a *a'))}`),
  },
  {
    name: 'aliases of many anchors',
    text: () =>
      receiver(`\n  a: ${flow(20_000, (place) => `&a${place} b`)}\n  to: ${flow(20_000, (place) => `*a${place}`)}`),
  },
  { name: 'an anchor around itself', text: () => receiver('&a { to: [*a] }') },
  { name: 'anchors around one another', text: () => receiver('\n  a: &a { b: *b }\n  b: &b { a: *a }') },
  { name: 'an alias without an anchor', text: () => receiver('{ to: [*nobody] }') },
  { name: 'an alias as a key', text: () => receiver('\n  a: &a b\n  *a : c') },
]

export const depths: readonly Row[] = [
  ...[99, 101, 5_000, many, long / 2].map((depth) => ({
    name: `brackets ${depth} deep`,
    text: () => receiver(`${'['.repeat(depth)}${']'.repeat(depth)}`),
  })),
  ...[101, many / 2, many * 2].map((depth) => ({
    name: `braces ${depth} deep`,
    text: () => receiver(`${'{a: '.repeat(depth)}b${'}'.repeat(depth)}`),
  })),
  { name: 'brackets that nobody closes', text: () => receiver('['.repeat(long)) },
  { name: 'braces that nobody closes', text: () => receiver('{a: '.repeat(long / 4)) },
  { name: 'brackets that nobody opened', text: () => receiver(']'.repeat(long)) },
  { name: 'quotes that nobody closes', text: () => receiver(`"${'a\n  '.repeat(long / 4)}`) },
  { name: 'indentation 98 deep', text: () => receiver(blocks(98, 'b')) },
  { name: 'indentation 1,600 deep', text: () => receiver(blocks(1_600, 'b')) },
  { name: 'dashes in one line', text: () => receiver(`\n  ${'- '.repeat(50_000)}a`) },
  { name: 'question marks in one line', text: () => receiver(`\n  ${'? '.repeat(50_000)}a`) },
  {
    name: 'a NotificationManager whose free fields nest',
    text: () =>
      `${version}\nkind: NotificationManager\nmetadata: { name: hostile }\nspec: { receivers: { tenantKey: user }, affinity: ${'{a: '.repeat(90)}b${'}'.repeat(90)} }`,
  },
]

export const merges: readonly Row[] = ['', '%YAML 1.1\n---\n', '%YAML 1.2\n---\n', '%YAML 9.9\n---\n'].flatMap((head) =>
  [
    ['of a list of maps', '\n  a: &a { to: [a@example.com] }\n  <<: [*a, *a]'],
    ['of text', '\n  <<: nonsense'],
    ['of a number', '\n  <<: 1'],
    ['of null', '\n  <<:'],
    ['of itself', '&a\n  <<: *a'],
    ['of a list of itself', '&a\n  <<: [*a, 1, [*a]]'],
    ['of a map with __proto__', '\n  <<: { __proto__: { to: 1 }, to: [a@example.com] }'],
    ['of an alias of nothing', '\n  <<: *nothing'],
    ['twice', '\n  <<: { a: 1 }\n  <<: { a: 2 }'],
    ['of a binary', '\n  <<: !!binary aGVsbG8='],
  ].map(([what, spec]) => ({
    name: `a merge ${what} (${JSON.stringify(head)})`,
    text: () => head + receiver(spec ?? ''),
  })),
)

export const copies: readonly Row[] = [
  {
    name: 'nine hundred merges of a map of forty thousand',
    text: () =>
      `%YAML 1.1\n---\n${receiver(`\n  a: &a ${map(40_000, (place) => `k${place}: 1`)}\n  to: ${flow(900, () => '{ <<: *a }')}`)}`,
  },
  {
    name: 'merges that double',
    text: () =>
      `%YAML 1.1\n---\n${receiver(`\n  l0: &l0 { a: 1 }\n${list(60, (place) => `  l${place + 1}: &l${place + 1} { <<: [*l${place}, *l${place}], k${place}: 1 }`, '\n')}`)}`,
  },
]

export const tags: readonly Row[] = ['', '%YAML 1.1\n---\n', '%TAG ! tag:yaml.org,2002:\n---\n'].flatMap((head) =>
  [
    "!!js/function 'function () { return 1 }'",
    '!!js/regexp /(a+)+$/',
    "!!js/undefined ''",
    "!!python/object/apply:os.system ['true']",
    '!!binary aGVsbG8=',
    `!!binary ${'aGVsbG8h'.repeat(50_000)}`,
    '!!binary { a: b }',
    '!!set { a, b, c }',
    '!!set [a, b]',
    '!!omap [ a: 1, b: 2 ]',
    '!!omap { a: 1 }',
    '!!omap [ a: 1, a: 2 ]',
    '!!pairs [ a: 1, a: 2 ]',
    '!!pairs [ [a, b, c] ]',
    '!!timestamp 2001-12-14t21:59:43.10-05:00',
    '!!timestamp nonsense',
    '2001-12-14',
    '!!int nonsense',
    '!!int 0x7fffffffffffffffffff',
    '0b11111111111111111111111111111111111111111111111111111111111111111',
    '190:20:30',
    '!!float .nan',
    '.inf',
    '!!bool maybe',
    '!!null something',
    '!!str [a]',
    '!!map [a]',
    '!!seq { a: b }',
    '!<tag:yaml.org,2002:binary> aGVsbG8=',
    '!<> a',
    `!${'x'.repeat(100_000)} a`,
    '!e!x a',
    '! a',
  ].map((value) => ({
    name: `${value.slice(0, 40)} (${JSON.stringify(head)})`,
    text: () => `${head}${receiver(`\n  to: ${value}\n  emailConfigSelector: ${value}`)}`,
  })),
)
