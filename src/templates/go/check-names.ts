import { hasMethod } from './methods.ts'
import { GoSyntaxError } from './syntax-error.ts'

/** What can follow a name whose type is certain. Behind a map of labels any name can come, for any can be a label's. */
const typeOfName: Readonly<Record<string, string>> = {
  StartsAt: 'time.Time',
  EndsAt: 'time.Time',
  Alerts: 'template.Alerts',
  SortedPairs: 'template.Pairs',
  Firing: '',
  Resolved: '',
  GeneratorURL: '',
  Fingerprint: '',
  ExternalURL: '',
  Receiver: '',
}

/** Fields that hold labels: the name after them is a label's. */
const maps: ReadonlySet<string> = new Set(['Labels', 'Annotations', 'GroupLabels', 'CommonLabels', 'CommonAnnotations'])

/** Refuses `.StartsAt.Foo`, which can only fail: what the data has no method for is told when the file is loaded. */
export function checkNames(names: readonly string[], at: number): void {
  for (const [index, name] of names.slice(0, -1).entries()) {
    const next = names[index + 1] ?? ''
    if (maps.has(name) && next !== 'SortedPairs') return
    const type = Object.hasOwn(typeOfName, name) ? typeOfName[name] : undefined
    if (type !== undefined && !hasMethod(type, next)) {
      throw new GoSyntaxError(
        at,
        `.${names.join('.')}: there is no field or method .${next} in .${name} that can be translated`,
      )
    }
  }
}
