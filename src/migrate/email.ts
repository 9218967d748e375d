import { giveTitle, takePort, type ChannelMigration } from './channel.ts'
import { takeTls } from './credential.ts'
import { compact, shown } from './fields.ts'
import { type Words } from './finding.ts'

/** Mail. */
export const email: ChannelMigration = {
  name: 'email',
  configKind: 'EmailConfig',
  receiverKind: 'EmailReceiver',
  configSelectorField: 'emailConfigSelector',
  config(source, credentials) {
    const host = source.below('smartHost')
    if (!source.has('tls')) source.tell('changed', unverified)
    return compact({
      from: source.take('from'),
      smartHost: host === undefined ? undefined : compact({ host: host.take('host'), port: takePort(host) }),
      hello: source.take('hello'),
      authUsername: source.take('authUsername'),
      authIdentify: source.take('authIdentify'),
      authPassword: credentials.take(source, 'authPassword'),
      authSecret: credentials.take(source, 'authSecret'),
      requireTLS: source.take('requireTLS'),
      tls: takeTls(source, 'tls', credentials),
    })
  },
  receivers(source) {
    giveTitle(source, 'subjectTemplate', 'name the subject for all in receivers.options.email.subjectTemplate')
    const format = source.take('tmplType')
    if (format !== undefined && format !== 'html') source.tell('changed', textOnly(format))
    return [compact({ to: source.take('to') })]
  },
}

const unverified: Words = {
  was: 'without tls, and then the certificate of the mail server was not verified',
  became: 'it is verified, whenever TLS is spoken',
  remedy: 'add tls.rootCA if the certificate is of an authority of your own',
}

function textOnly(format: unknown): Words {
  return {
    was: `tmplType ${shown(format)}`,
    became: 'mails have both an HTML and a text part',
    remedy: 'nothing: the mail program chooses',
  }
}
