import { describeRef, type ObjectRef, type Origin } from '../model/object.ts'

/** What became of one thing, in words for people: half sentences without a full stop. Never holds a credential. */
export interface Words {
  readonly was: string
  readonly became: string
  /** What a person should do. */
  readonly remedy: string
}

/** Something that was not carried over as it stood. */
export interface Finding extends Words {
  /** `lost`: nothing here does what it did; `changed`: it is carried over, and says or means something else. */
  readonly severity: 'lost' | 'changed'
  readonly object?: ObjectRef
  /** Path inside the object as it was written, dotted, array places in brackets. Empty for the object as a whole. */
  readonly path: string
  readonly origin?: Origin
}

/** Reports about one object. */
export type Tell = (severity: Finding['severity'], path: string, words: Words) => void

/** More about one object than people read. */
const maxFindings = 100

/** A collector for one object; `originOf` gives the places of its file. */
export function createTell(
  into: Finding[],
  object: ObjectRef | undefined,
  originOf: (path: string) => Origin | undefined,
): Tell {
  let told = 0
  return (severity, path, words) => {
    told += 1
    if (told > maxFindings) return
    const origin = originOf(path)
    const about = object === undefined ? {} : { object }
    const where = origin === undefined ? {} : { origin }
    if (told < maxFindings) into.push({ severity, ...about, path, ...words, ...where })
    else into.push({ severity: 'lost', ...about, path: '', ...tooMany, ...where })
  }
}

const tooMany: Words = {
  was: `an object with ${maxFindings} findings or more`,
  became: 'the others are not listed',
  remedy: 'mend these and migrate again',
}

/** One line: `file:line: lost: Kind/name: path: was …; became …; remedy`. */
export function formatFinding({ severity, object, path, was, became, remedy, origin }: Finding): string {
  const parts = [
    ...(origin === undefined ? [] : [`${origin.file}:${origin.line}`]),
    severity,
    ...(object === undefined ? [] : [describeRef(object)]),
    ...(path === '' ? [] : [path]),
    `was ${was}; ${became}; ${remedy}`,
  ]
  return parts.join(': ')
}
