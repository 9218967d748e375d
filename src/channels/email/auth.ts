import { createHmac } from 'node:crypto'
import { type SMTPConnectionCustomAuthContext as Exchange } from 'nodemailer/lib/smtp-connection'

/** What AUTH may use; values already read from their Secrets. */
export interface MailCredentials {
  readonly username: string
  readonly identity: string
  /** For PLAIN and LOGIN. */
  readonly password?: string
  /** For CRAM-MD5. */
  readonly secret?: string
}

/** AUTH that did not succeed. `temporary` when the same credentials may do later. */
export class MailAuthError extends Error {
  override readonly name = 'MailAuthError'
  /** What to show. The message is not: the SMTP client adds the server's own words to it. */
  readonly summary: string
  readonly temporary: boolean

  constructor(summary: string, temporary: boolean) {
    super(summary)
    this.summary = summary
    this.temporary = temporary
  }
}

type Mechanism = 'CRAM-MD5' | 'PLAIN' | 'LOGIN'

/**
 * The first mechanism that both sides can: CRAM-MD5, which keeps its secret to itself, then PLAIN, then LOGIN. The latter two
 * show the password, so without TLS they are refused unless `plaintextAllowed`. Throws MailAuthError.
 */
export function chooseMechanism(
  offered: readonly string[],
  credentials: MailCredentials,
  connection: { readonly encrypted: boolean; readonly plaintextAllowed: boolean },
): Mechanism {
  if (offered.includes('CRAM-MD5') && credentials.secret !== undefined) return 'CRAM-MD5'
  const found = (['PLAIN', 'LOGIN'] as const).find((name) => offered.includes(name))
  if (found === undefined || credentials.password === undefined) {
    const mine = [
      ...(credentials.secret === undefined ? [] : ['CRAM-MD5 (authSecret)']),
      ...(credentials.password === undefined ? [] : ['PLAIN or LOGIN (authPassword)']),
    ]
    const theirs = offered.length === 0 ? 'none that is known here' : offered.join(', ')
    const wanted = mine.length === 0 ? 'neither authPassword nor authSecret' : mine.join(', ')
    throw new MailAuthError(`no common AUTH mechanism: the server offers ${theirs}, the config has ${wanted}`, false)
  }
  if (connection.encrypted || connection.plaintextAllowed) return found
  throw new MailAuthError(
    `the server offers no STARTTLS, and AUTH ${found} would show the password; mend the server, or set requireTLS: false to allow it`,
    true,
  )
}

/** Speaks one mechanism to its end. Throws MailAuthError, which holds the reply's code but none of its text: servers echo. */
export async function authenticate(
  exchange: Exchange,
  mechanism: Mechanism,
  credentials: MailCredentials,
): Promise<void> {
  const { username, identity, password = '', secret = '' } = credentials
  async function say(line: string, expected: number): Promise<string> {
    const reply = await exchange.sendCommand(line)
    const { status, words, text } = readReply(reply.response)
    if (status === expected) return text
    throw new MailAuthError(`AUTH ${mechanism} was refused: ${words}`, status < 500)
  }

  switch (mechanism) {
    case 'CRAM-MD5': {
      const challenge = Buffer.from(await say('AUTH CRAM-MD5', 334), 'base64')
      const digest = createHmac('md5', secret).update(challenge).digest('hex')
      await say(base64(`${username} ${digest}`), 235)
      return
    }
    case 'PLAIN':
      await say(`AUTH PLAIN ${base64(`${identity}\0${username}\0${password}`)}`, 235)
      return
    case 'LOGIN':
      await say('AUTH LOGIN', 334)
      await say(base64(username), 334)
      await say(base64(password), 235)
  }
}

/**
 * What the last line of a reply says, which ends all of them: the client itself does not read those of several lines.
 * https://www.rfc-editor.org/rfc/rfc5321#section-4.2.1
 */
function readReply(response: string): { readonly status: number; readonly words: string; readonly text: string } {
  const last = response.trimEnd().split(/\r?\n/u).at(-1) ?? ''
  const [, status = '0', enhanced, text = ''] = /^(\d{3})(?: (\d\.\d{1,3}\.\d{1,3})(?= |$))? ?(.*)$/u.exec(last) ?? []
  return { status: Number(status), words: enhanced === undefined ? status : `${status} ${enhanced}`, text: text.trim() }
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64')
}
