import { core, flow, list, long, many, map, receiver, version, type Row } from './manifest-row.ts'

export const sizes: readonly Row[] = [
  {
    name: 'a key of a megabyte',
    text: () => receiver(`\n  to: [a@example.com]\n  ${'k'.repeat(1_000)}: 1\n  ? ${'k'.repeat(long - 2_000)}\n  : 1`),
  },
  { name: 'a quoted key of a megabyte', text: () => receiver(`{ to: [a@example.com], "${'k'.repeat(long)}": 1 }`) },
  { name: 'a key of a megabyte before a syntax error', text: () => `${'k'.repeat(long)}\na: 1\n` },
  { name: 'a key of a megabyte without a space', text: () => `a: 1\n${'k'.repeat(long)}:b\nc: 1\n` },
  {
    name: 'a repeated key of a megabyte',
    text: () => `"${'k'.repeat(long / 2 - 100)}": 1\n"${'k'.repeat(long / 2 - 100)}": 2\n`,
  },
  {
    name: 'a kind of a megabyte',
    text: () => `${version}\nkind: ${'K'.repeat(long)}\nmetadata: { name: hostile }\nspec: {}\n`,
  },
  {
    name: 'a kind of a megabyte before a syntax error',
    text: () => `kind: ${'K'.repeat(long)}\nmetadata:\n  name: hostile\n[\n`,
  },
  {
    name: 'an apiVersion of a megabyte',
    text: () =>
      `apiVersion: notification.kubesphere.io/${'v'.repeat(long)}\nkind: EmailReceiver\nmetadata: { name: hostile }\n`,
  },
  { name: 'a name of a megabyte', text: () => receiver('{ to: [a@example.com] }', 'n'.repeat(long)) },
  {
    name: 'a name of a megabyte without an apiVersion',
    text: () => receiver('{}', 'n'.repeat(long)).replace(version, ''),
  },
  { name: 'a Secret whose name has a megabyte', text: () => core('Secret', 'data: { a: "%%%" }', 'n'.repeat(long)) },
  { name: 'a Secret whose key has a megabyte', text: () => core('Secret', `data: { "${'k'.repeat(long)}": "%%%" }`) },
  {
    name: 'a text of a megabyte',
    text: () => receiver(`{ to: ["${'a'.repeat(long)}@example.com"], template: "${'b'.repeat(1_000)}" }`),
  },
  {
    name: 'a label of a megabyte',
    text: () => receiver('{ to: [a@example.com] }').replace('type: global', `type: ${'g'.repeat(long)}`),
  },
  {
    name: 'a line of a megabyte of signs for comments',
    text: () => `a: 1\nfoo${' #'.repeat(long / 2)}\u2028x\nb: 2\n`,
  },
  {
    name: 'a line of a megabyte of signs for comments and a carriage return',
    text: () => `a: 1\n"foo"${' #'.repeat(long / 2)}\rx\nb: 2\n`,
  },
  { name: 'blanks by the megabyte', text: () => `kind:${' '.repeat(long)}\nmetadata:\n  name: x\n[\n` },
  { name: 'blank lines by the megabyte', text: () => `kind: EmailReceiver\nmetadata:\n${'  \n'.repeat(long / 3)}[\n` },
  { name: 'pipes and blanks', text: () => `a: [\n${'| '.repeat(long / 2)}\n` },
  { name: 'colons', text: () => `a: [\n${':'.repeat(long)}\n` },
  { name: 'colons with blanks', text: () => `a:\n  b${': '.repeat(long / 2)}\n` },
  { name: 'line feeds', text: () => '\n'.repeat(long) + receiver('{}') },
  { name: 'comments', text: () => '# comment\n'.repeat(many) + receiver('{}') },
  { name: 'directives', text: () => `${'%YAML 1.2\n'.repeat(many)}---\n${receiver('{}')}` },
  {
    name: 'directives of tags',
    text: () => `${list(50_000, (place) => `%TAG !e${place}! tag:x,2000:`, '\n')}\n---\n${receiver('{}')}`,
  },
  { name: 'backslashes', text: () => receiver(`"${'\\\\'.repeat(long / 2)}"`) },
  { name: 'wrong backslashes', text: () => receiver(`"${'\\q'.repeat(long / 2)}"`) },
  { name: 'a document that is too long', text: () => receiver(`"${'x'.repeat(2_000_000)}"`) },
  { name: 'a file that is too long', text: () => receiver(`"${'x'.repeat(9_000_000)}"`) },
]

export const counts: readonly Row[] = [
  { name: 'a list of a hundred thousand', text: () => receiver(`{ to: ${flow(many, () => 'a')} }`) },
  { name: 'a list of forty thousand wrong values', text: () => receiver(`{ to: ${flow(40_000, () => '1')} }`) },
  {
    name: 'a list of forty thousand addresses',
    harmless: true,
    text: () => receiver(`{ to: ${flow(40_000, (place) => `a${place}@example.com`)} }`),
  },
  {
    name: 'a list of forty thousand that are no addresses',
    text: () => receiver(`{ to: ${flow(40_000, () => '"a b"')} }`),
  },
  { name: 'a hundred thousand unknown fields', text: () => receiver(map(many, (place) => `f${place}: 1`)) },
  {
    name: 'a hundred thousand fields beside spec',
    text: () => `${receiver('{}')}${list(many, (place) => `f${place}: 1`, '\n')}\n`,
  },
  {
    name: 'a hundred thousand labels',
    text: () =>
      receiver('{}').replace(
        'type: global',
        list(many, (place) => `l${place}: "%"`),
      ),
  },
  {
    name: 'a Secret of a hundred thousand wrong keys',
    text: () => core('Secret', `data:\n${list(many, (place) => `  k${place}: "%"`, '\n')}`),
  },
  {
    name: 'a Secret of a hundred thousand numbers',
    text: () => core('Secret', `data: ${map(150_000, (place) => `k${place}: 1`)}`),
  },
  {
    name: 'a ConfigMap of a hundred thousand numbers',
    text: () => core('ConfigMap', `data:\n${list(many, (place) => `  k${place}: 1`, '\n')}`),
  },
  {
    name: 'a Namespace of a hundred thousand numbers',
    text: () =>
      `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: hostile\n  labels: ${map(many, (place) => `k${place}: 1`)}\n`,
  },
  {
    name: 'a RoleBinding of two hundred thousand subjects without names',
    text: () =>
      `apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: { name: hostile }\nsubjects: ${flow(200_000, () => '{}')}\n`,
  },
  {
    name: 'requirements that can never hold',
    text: () =>
      receiver(
        `{ to: [a@example.com], alertSelector: { matchExpressions: ${flow(12_000, () => '{key: a, operator: In, values: []}')} } }`,
      ),
  },
  {
    name: 'requirements line by line that can never hold',
    text: () =>
      receiver(
        `\n  to: [a@example.com]\n  alertSelector:\n    matchExpressions:\n${list(12_000, () => '    - { key: a, operator: In }', '\n')}`,
      ),
  },
  {
    name: 'many requirements',
    harmless: true,
    text: () =>
      receiver(
        `{ to: [a@example.com], alertSelector: { matchExpressions: ${flow(12_000, (place) => `{key: a${place}, operator: DoesNotExist}`)} } }`,
      ),
  },
  {
    name: 'a requirement of forty thousand values',
    harmless: true,
    text: () =>
      receiver(
        `{ to: [a@example.com], alertSelector: { matchExpressions: [{key: a, operator: NotIn, values: ${flow(40_000, (place) => `a${place}`)}}] } }`,
      ),
  },
  {
    name: 'forty thousand matchLabels',
    harmless: true,
    text: () =>
      receiver(`{ to: [a@example.com], alertSelector: { matchLabels: ${map(40_000, (place) => `a${place}: b`)} } }`),
  },
  { name: 'ten thousand documents', text: () => list(10_000, () => 'kind: EmailReceiver\nmetadata: {}', '\n---\n') },
  { name: 'thirty thousand documents', harmless: true, text: () => list(30_000, () => '{}', '\n---\n') },
  { name: 'borders only', harmless: true, text: () => '---\n'.repeat(many) },
  { name: 'ends only', harmless: true, text: () => '...\n'.repeat(many) },
  { name: 'scalars by the thousand', text: () => list(10_000, () => 'a', '\n---\n') },
  {
    name: 'duplicates by the thousand',
    text: () => list(3_000, (place) => receiver(`{ to: [a${place}@example.com] }`, 'twice'), '---\n'),
  },
]

export const lists: readonly Row[] = [
  {
    name: 'a List of a hundred thousand scalars',
    text: () => `kind: List\nitems:\n${list(many, () => '- a', '\n')}\n`,
  },
  {
    name: 'a List of a hundred thousand nulls',
    harmless: true,
    text: () => `kind: List\nitems: ${flow(70_000, () => 'null')}\n`,
  },
  {
    name: 'a List of faulty objects',
    text: () =>
      `apiVersion: v1\nkind: List\nitems:\n${list(8_000, (place) => `- { apiVersion: notification.kubesphere.io/v2alpha1, kind: EmailReceiver, metadata: { name: a${place} }, spec: { a: 1 } }`, '\n')}\n`,
  },
  {
    name: 'a List of unnamed Secrets',
    text: () =>
      `apiVersion: v1\nkind: List\nitems: ${flow(20_000, () => '{ apiVersion: v1, kind: Secret, data: 1 }')}\n`,
  },
  {
    name: 'a List in a List',
    text: () =>
      `apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: List\n  items:\n  - ${JSON.stringify({ apiVersion: 'notification.kubesphere.io/v2alpha1', kind: 'EmailReceiver', metadata: { name: 'inside' }, spec: { to: ['a@example.com'] } })}\n`,
  },
  {
    name: 'Lists eighty deep',
    text: () =>
      `${'{ kind: List, items: ['.repeat(40)}${JSON.stringify({ apiVersion: 'notification.kubesphere.io/v2alpha1', kind: 'EmailReceiver', metadata: { name: 'inside' }, spec: { to: ['a@example.com'] } })}${'] }'.repeat(40)}`,
  },
  {
    name: 'a List of lists of ours',
    text: () =>
      `kind: List\nitems: [[{ apiVersion: notification.kubesphere.io/v2alpha1, kind: EmailReceiver, metadata: { name: inside } }]]\n`,
  },
  {
    name: 'a List whose items are a map',
    text: () =>
      'apiVersion: v1\nkind: List\nitems: { apiVersion: notification.kubesphere.io/v2alpha1, kind: EmailReceiver }\n',
  },
  {
    name: 'an EmailReceiverList',
    text: () =>
      `${version}\nkind: EmailReceiverList\nitems: [${JSON.stringify({ apiVersion: 'notification.kubesphere.io/v2alpha1', kind: 'EmailReceiver', metadata: { name: 'inside' }, spec: { to: ['a@example.com'] } })}]\n`,
  },
  {
    name: 'a List of ten thousand aliases of one object',
    text: () =>
      `kind: List\na: &a { apiVersion: notification.kubesphere.io/v2alpha1, kind: EmailReceiver, metadata: { name: a }, spec: { a: 1 } }\nitems: ${flow(900, () => '*a')}\n`,
  },
]
