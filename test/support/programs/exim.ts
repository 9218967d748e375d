import { readFileSync } from 'node:fs'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { simpleParser, type ParsedMail } from 'mailparser'
import { freePort, requireProgram, start, waitFor } from './process.ts'

/** One mail as Exim stored it. */
export interface StoredMail {
  /** The envelope's recipient, which no header can fake. */
  readonly recipient: string
  readonly mail: ParsedMail
}

/** A real Exim on loopback that stores every mail it accepts. */
export interface Exim {
  readonly port: number
  mails(): Promise<readonly StoredMail[]>
  /** Its main log. */
  log(): string
  stop(): Promise<void>
}

/** What Exim asks for and offers. */
export interface EximAccount {
  readonly user: string
  readonly password: string
  /** All three when absent. */
  readonly mechanisms?: readonly EximMechanism[]
  /** PEM files; without them there is no TLS. */
  readonly tls?: { readonly cert: string; readonly key: string }
  /** TLS from the first byte rather than STARTTLS. */
  readonly implicitTls?: boolean
}

export type EximMechanism = 'PLAIN' | 'LOGIN' | 'CRAM-MD5'

/** Starts Exim in `folder`; it asks for the account and takes mail for any address. */
export async function startExim(folder: string, account: EximAccount): Promise<Exim> {
  const program = requireProgram('exim4', 'exim4-daemon-light')
  const port = await freePort()
  const mbox = join(folder, 'mail', 'mbox')
  await mkdir(join(folder, 'spool'), { recursive: true })
  await mkdir(join(folder, 'mail'))
  await chmod(folder, 0o755)
  await chmod(join(folder, 'mail'), 0o777)
  const config = join(folder, 'exim.conf')
  await writeFile(config, configuration({ folder, port, mbox, ...account }))
  const running = start(program, ['-C', config, '-bdf', '-oX', String(port), '-oP', join(folder, 'exim.pid')])
  await waitFor('Exim listening', () => accepts(port), { describe: running.output })
  return {
    port,
    mails: async () => parse(await readFile(mbox, 'utf8').catch(() => '')),
    log: () => readFileSync(join(folder, 'exim-mainlog'), 'utf8'),
    stop: () => running.stop(),
  }
}

function accepts(port: number): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(undefined))
  })
}

/** Mails stand one after another, each after a line that only our transport writes. */
const border = '=====mail====='

async function parse(text: string): Promise<readonly StoredMail[]> {
  const raws = text.split(`${border}\n`).filter((raw) => raw.includes('Envelope-to:'))
  return Promise.all(
    raws.map(async (raw) => {
      const mail = await simpleParser(raw)
      return { recipient: /^Envelope-to: (.*)$/mu.exec(raw)?.[1] ?? '', mail }
    }),
  )
}

function configuration(
  options: EximAccount & { readonly folder: string; readonly port: number; readonly mbox: string },
): string {
  const { folder, port, mbox, tls, implicitTls = false, mechanisms = ['PLAIN', 'LOGIN', 'CRAM-MD5'] } = options
  // Exim refuses to deliver as root; it switches to an unprivileged account, which Debian always has.
  const owner = userInfo().uid === 0 ? 'mail' : userInfo().username
  return `
primary_hostname = mail.example
local_interfaces = 127.0.0.1
spool_directory = ${folder}/spool
log_file_path = ${folder}/exim-%slog
exim_user = ${userInfo().username}
host_lookup =
rfc1413_query_timeout = 0s
acl_smtp_rcpt = accept_all
acl_smtp_data = accept_all
smtp_accept_max = 50
smtp_accept_queue_per_connection = 0
auth_advertise_hosts = *
${tls === undefined ? 'tls_advertise_hosts =' : `tls_advertise_hosts = *\ntls_certificate = ${tls.cert}\ntls_privatekey = ${tls.key}`}
${implicitTls ? `tls_on_connect_ports = ${port}` : ''}

begin acl
accept_all:
  accept

begin routers
everything:
  driver = accept
  transport = one_file

begin transports
one_file:
  driver = appendfile
  file = ${mbox}
  user = ${owner}
  mode = 0600
  envelope_to_add
  return_path_add
  delivery_date_add
  check_string =
  message_prefix = ${border}\\n
  message_suffix = \\n

begin retry
* * F,1h,1m

begin authenticators
${mechanisms.map((mechanism) => authenticator(mechanism, options)).join('')}`
}

function authenticator(mechanism: EximMechanism, { user, password }: EximAccount): string {
  switch (mechanism) {
    case 'PLAIN':
      return `plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = \${if and{{eq{$auth2}{${user}}}{eq{$auth3}{${password}}}}}
  server_set_id = $auth2
`
    case 'LOGIN':
      return `login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = \${if and{{eq{$auth1}{${user}}}{eq{$auth2}{${password}}}}}
  server_set_id = $auth1
`
    case 'CRAM-MD5':
      return `cram:
  driver = cram_md5
  public_name = CRAM-MD5
  server_secret = \${if eq{$auth1}{${user}}{${password}}fail}
  server_set_id = $auth1
`
  }
}
