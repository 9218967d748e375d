import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** A place in a document, both counted from 0. */
export interface Position {
  readonly line: number
  readonly character: number
}

/** What an editor underlines. */
export interface Diagnostic {
  readonly message: string
  readonly range: { readonly start: Position; readonly end: Position }
}

/** One proposal while typing. */
export interface Completion {
  readonly label: string
  readonly documentation?: string | { readonly value: string }
}

/** An editor's side of the Language Server Protocol: https://microsoft.github.io/language-server-protocol/specification */
export interface Editor {
  /** Opens a document, and what the server says about it. */
  open(uri: string, text: string): Promise<readonly Diagnostic[]>
  complete(uri: string, position: Position): Promise<readonly Completion[]>
  /** What is shown at a place, as text. */
  hover(uri: string, position: Position): Promise<string>
  /** What the server printed beside the protocol. */
  output(): string
  stop(): Promise<void>
}

interface Incoming {
  readonly id?: number
  readonly method?: string
  readonly params?: unknown
  readonly result?: unknown
  readonly error?: unknown
}

const deadlineMs = 20_000

/** As an editor would set it, without a look at catalogues on the network. */
const settings = {
  yaml: {
    validate: true,
    hover: true,
    completion: true,
    schemaStore: { enable: false },
    disableAdditionalProperties: false,
  },
}

/** Starts yaml-language-server, the one that editors use, and introduces an editor to it. */
export async function startEditor(): Promise<Editor> {
  const home = dirname(createRequire(import.meta.url).resolve('yaml-language-server/package.json'))
  const child = spawn(process.execPath, [join(home, 'bin', 'yaml-language-server'), '--stdio'], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let printed = ''
  child.stderr.on('data', (chunk: Buffer) => (printed = (printed + chunk.toString()).slice(-50_000)))
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))

  let nextId = 1
  const answers = new Map<number, (message: Incoming) => void>()
  const diagnosed = new Map<string, (found: readonly Diagnostic[]) => void>()

  function send(message: object): void {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message })
    child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  }

  function receive(message: Incoming): void {
    const { id, method, params } = message
    if (method === undefined && id !== undefined) answers.get(id)?.(message)
    else if (method === 'textDocument/publishDiagnostics') {
      const { uri, diagnostics } = params as { readonly uri: string; readonly diagnostics: readonly Diagnostic[] }
      diagnosed.get(uri)?.(diagnostics)
    } else if (id !== undefined) send({ id, result: answerTo(method, params) })
  }
  child.stdout.on(
    'data',
    createFrameReader((text) => receive(JSON.parse(text) as Incoming)),
  )

  async function ask<T>(method: string, params: object): Promise<T> {
    const id = nextId++
    const answer = await within(method, (resolve: (message: Incoming) => void) => {
      answers.set(id, resolve)
      send({ id, method, params })
    })
    answers.delete(id)
    if (answer.error !== undefined) throw new Error(`${method}: ${JSON.stringify(answer.error)}`)
    return answer.result as T
  }

  function within<T>(what: string, act: (resolve: (value: T) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer to ${what}\n${printed}`)), deadlineMs)
      act((value) => {
        clearTimeout(timer)
        resolve(value)
      })
    })
  }

  await ask('initialize', {
    processId: process.pid,
    rootUri: null,
    capabilities: {
      workspace: { configuration: true },
      textDocument: { hover: { contentFormat: ['plaintext'] }, publishDiagnostics: {} },
    },
  })
  send({ method: 'initialized', params: {} })
  send({ method: 'workspace/didChangeConfiguration', params: { settings } })

  return {
    open: (uri, text) =>
      within(`opening ${uri}`, (resolve: (found: readonly Diagnostic[]) => void) => {
        diagnosed.set(uri, resolve)
        send({
          method: 'textDocument/didOpen',
          params: { textDocument: { uri, languageId: 'yaml', version: 1, text } },
        })
      }),
    async complete(uri, position) {
      const { items } = await ask<{ readonly items: readonly Completion[] }>('textDocument/completion', {
        textDocument: { uri },
        position,
      })
      return items
    },
    async hover(uri, position) {
      const found = await ask<{ readonly contents: { readonly value: string } | string } | null>('textDocument/hover', {
        textDocument: { uri },
        position,
      })
      const contents = found?.contents ?? ''
      return typeof contents === 'string' ? contents : contents.value
    },
    output: () => printed,
    async stop() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** What the server asks of an editor: its settings, and some things that nobody needs here. */
function answerTo(method: string | undefined, params: unknown): unknown {
  if (method !== 'workspace/configuration') return null
  const { items } = params as { readonly items: readonly { readonly section?: string }[] }
  return items.map(({ section }) => (section === 'yaml' ? settings.yaml : null))
}

/** Cuts a stream into messages, each after a header that tells its length in bytes. */
function createFrameReader(take: (text: string) => void): (chunk: Buffer) => void {
  let waiting = Buffer.alloc(0)
  return (chunk) => {
    waiting = Buffer.concat([waiting, chunk])
    for (;;) {
      const end = waiting.indexOf('\r\n\r\n')
      const length = Number(/Content-Length: (\d+)/iu.exec(waiting.toString('latin1', 0, Math.max(end, 0)))?.[1])
      if (end < 0 || Number.isNaN(length) || waiting.length < end + 4 + length) return
      const text = waiting.toString('utf8', end + 4, end + 4 + length)
      waiting = waiting.subarray(end + 4 + length)
      take(text)
    }
  }
}
