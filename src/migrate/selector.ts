import { listed } from '../api/text.ts'
import { compact, shown, type Fields, type Item } from './fields.ts'

/** A selector that says exactly what it said, `undefined` where there was none; or that nothing here can say it. */
export type TakenSelector = { readonly selector: unknown } | 'untranslatable'

/**
 * Takes a selector. The operator `Match` has no counterpart, and without its requirement the selector would select more: then it
 * is reported, and whatever it belongs to must be left out. Everything else is copied, faults included: the schema refuses them.
 */
export function takeSelector(fields: Fields, name: string): TakenSelector {
  const part = fields.below(name)
  // A value that is no object was reported, and nothing can be said about what it was meant to select.
  if (part === undefined) return fields.take(name) === undefined ? { selector: undefined } : 'untranslatable'
  const matchLabels = part.take('matchLabels')
  const written = part.list('matchExpressions')
  const unlisted = written.length === 0 ? part.take('matchExpressions') : undefined
  const taken = written.map(takeRequirement)
  if (taken.includes('untranslatable')) return 'untranslatable'
  return { selector: compact({ matchLabels, matchExpressions: written.length > 0 ? taken : unlisted }) }
}

function takeRequirement({ value, fields, tell }: Item): unknown {
  if (fields === undefined) return value
  const operator = fields.take('operator')
  const key = fields.take('key')
  const values = fields.take('values')
  const regex = fields.take('regexValue')
  if (operator !== 'Match') return compact({ key, operator, values })
  tell('lost', {
    was: `the regular expression ${shown(regex)} over label ${shown(key)}`,
    became: 'no selector here can say it',
    remedy: `write operator In with the values that are meant${suggestion(regex)}, and migrate again`,
  })
  return 'untranslatable'
}

/** The values of an expression that is a plain, anchored choice: `^(critical|error)$`. */
function suggestion(regex: unknown): string {
  const inner =
    typeof regex === 'string' ? /^\^(?:\((?:\?:)?([\w |:/-]{1,200})\)|([\w :/-]{1,100}))\$$/u.exec(regex) : null
  const choice = inner?.[1] ?? inner?.[2]
  return choice === undefined ? '' : `: ${listed(choice.split('|'), 'and')}`
}
