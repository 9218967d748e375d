import { receiver } from '../directory/fixture.ts'

/** A slip from the predecessor's own documentation: `bearerToken` without its colon. */
export const forgotten = `apiVersion: notification.kubesphere.io/v2alpha1
kind: WebhookReceiver
metadata:
  name: global-webhook-receiver
  labels:
    app: notification-manager
    type: global
spec:
  url: http://127.0.0.1:8080/
  httpConfig: 
    bearerToken
      key: password
      name: default-webhook-secret
    tlsConfig:
      rootCA:
        key: ca
        name: default-webhook-secret
      insecureSkipVerify: false
`

/** A text that is not YAML, and what is to be said about it. */
export interface SyntaxCase {
  readonly title: string
  readonly text: string
  readonly at: string
  readonly message: RegExp
  readonly remedy: RegExp
}

export const syntaxCases: readonly SyntaxCase[] = [
  {
    title: 'a slip inside a here-document, at the slip',
    text: `${forgotten}EOF\n`,
    at: '11:5',
    message: /`bearerToken`/u,
    remedy: /`bearerToken:`/u,
  },
  {
    title: 'a key without its colon above a block',
    text: forgotten,
    at: '11:5',
    message: /`bearerToken` has no colon/u,
    remedy: /^write `bearerToken:`$/u,
  },
  {
    title: 'a key without its colon at the top',
    text: 'a: 1\nmetadata\n  name: x\n',
    at: '2:1',
    message: /`metadata`/u,
    remedy: /`metadata:`/u,
  },
  {
    title: 'a key without its colon above a list',
    text: 'spec:\n  a: 1\n  to\n  - x\n',
    at: '3:3',
    message: /`to`/u,
    remedy: /`to:`/u,
  },
  {
    title: 'a key without its colon in a list',
    text: 'a:\n- b: 1\n  key\n    c: 1\n',
    at: '3:3',
    message: /`key`/u,
    remedy: /`key:`/u,
  },
  {
    title: 'a key and a value without a colon',
    text: 'a: 1\nfrom someone\nb: 2\n',
    at: '2:1',
    message: /`from`/u,
    remedy: /`from: …`/u,
  },
  {
    title: 'no space after the colon',
    text: 'spec:\n  a:1\n  b: 2\n',
    at: '2:3',
    message: /space is missing/u,
    remedy: /`a: …`/u,
  },
  { title: 'a tab as indentation', text: 'spec:\n\ta: 1\n', at: '2:1', message: /tab/u, remedy: /spaces/u },
  {
    title: 'a repeated key',
    text: 'a: 1\nb:\n  c: 1\n  c: 2\n',
    at: '4:3',
    message: /"c" is already there, 1 line/u,
    remedy: /one of the two/u,
  },
  {
    title: 'a double quote that is not closed',
    text: 'a: 1\nb: "foo\nc: 2\n',
    at: '2:4',
    message: /quote is opened here/u,
    remedy: /close/u,
  },
  {
    title: 'a single quote inside single quotes',
    text: "a: 'it's'\n",
    at: '1:8',
    message: /closing quote/u,
    remedy: /double a single quote/u,
  },
  {
    title: 'a bracket that is not closed',
    text: 'a: 1\nb: [1, 2\nc: 3\n',
    at: '2:4',
    message: /bracket is opened here/u,
    remedy: /close/u,
  },
  {
    title: 'a brace that is not closed',
    text: 'b: {x: 1\nc: 3\n',
    at: '1:4',
    message: /bracket is opened here/u,
    remedy: /close/u,
  },
  {
    title: 'a line that is indented too deep',
    text: 'spec:\n  a: 1\n   b: 2\n',
    at: '3:4',
    message: /deeper than the line above/u,
    remedy: /same indentation/u,
  },
  {
    title: 'a line that is indented too little',
    text: 'spec:\n    a: 1\n  b: 2\n',
    at: '3:1',
    message: /indented differently/u,
    remedy: /same indentation/u,
  },
  {
    title: 'a colon inside a value',
    text: 'a: foo: bar\n',
    at: '1:4',
    message: /value itself holds/u,
    remedy: /quotes/u,
  },
  { title: 'a reserved sign', text: 'a: @foo\n', at: '1:4', message: /begin with `@`/u, remedy: /quotes/u },
  { title: 'an unknown escape', text: 'a: "\\q"\n', at: '1:5', message: /backslash/u, remedy: /twice/u },
  { title: 'an alias without an anchor', text: 'a: 1\nb: *.yaml\n', at: '2:4', message: /alias/u, remedy: /quotes/u },
  {
    title: 'a template expression',
    text: 'a: 1\nb: {{ .Values.x }}\n',
    at: '2:5',
    message: /template expression/u,
    remedy: /helm template/u,
  },
  {
    title: 'a merge conflict',
    text: 'a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> x\n',
    at: '2:1',
    message: /merge conflict/u,
    remedy: /one side/u,
  },
  {
    title: 'a here-document',
    text: `cat <<EOF | kubectl apply -f -\n${receiver('a')}`,
    at: '1:1',
    message: /here-document/u,
    remedy: /delete the lines/u,
  },
  {
    title: "a here-document's end",
    text: `${receiver('a')}EOF\n`,
    at: '10:1',
    message: /here-document/u,
    remedy: /delete the lines/u,
  },
  { title: 'a missing comma in JSON', text: '{"a": 1\n "b": 2}', at: '1:7', message: /comma/u, remedy: /commas/u },
  {
    title: 'a second comma in JSON',
    text: '{"a": 1,\n "b": 2,,\n}',
    at: '2:9',
    message: /second comma/u,
    remedy: /superfluous/u,
  },
  {
    title: 'text that is no manifest',
    text: '\njust some text\n',
    at: '2:1',
    message: /only text/u,
    remedy: /apiVersion/u,
  },
]
