import { shown, type Fields } from './fields.ts'
import { type Words } from './finding.ts'

/** Flags of the predecessor's server that ours takes too. */
const known: ReadonlySet<string> = new Set([
  '--log.level',
  '--log.format',
  '--webhook.address',
  '--webhook.timeout',
  '--worker.timeout',
  '--worker.queue',
])

/** The server's flags without those that ours would refuse. */
export function takeArguments(source: Fields): readonly string[] | undefined {
  const kept: string[] = []
  let keep = false
  for (const { value, tell } of source.list('args')) {
    const text = typeof value === 'string' ? value : ''
    // What does not begin with a dash is the value of the flag before it.
    if (text === '' || text.startsWith('-')) {
      const flag = text.split('=')[0] ?? ''
      keep = known.has(flag)
      if (!keep) tell('lost', unknownFlag(flag))
    }
    if (keep) kept.push(text)
  }
  return kept.length === 0 ? undefined : kept
}

function unknownFlag(flag: string): Words {
  return {
    was: `the flag ${shown(flag)}`,
    became: 'left out, because the server would not start with it',
    remedy: 'see `notification-manager serve --help` for what there is',
  }
}
