import { isDeepStrictEqual } from 'node:util'
import { type TemplateFile } from '../model/template-file.ts'
import { parseFile, type ParsedFile } from './parse.ts'
import { type Engines } from './engine.ts'

/**
 * Parses files, and knows those that the load before has asked for: a change of anything else costs no parsing, and what is
 * remembered about a template stays until its own file changes.
 */
export interface ParsedFiles {
  /** From here on, what the load before this one did not ask for is forgotten. */
  beginLoad(): void
  parse(file: TemplateFile): ParsedFile
}

interface Known {
  readonly file: TemplateFile
  readonly parsed: ParsedFile
}

export function createParsedFiles(engines: Engines): ParsedFiles {
  let before = new Map<string, Known[]>()
  let asked = new Map<string, Known[]>()

  function find({ path, text, origin }: TemplateFile): Known | undefined {
    const known = [...(asked.get(path) ?? []), ...(before.get(path) ?? [])]
    return known.find(({ file }) => file.text === text && isDeepStrictEqual(file.origin, origin))
  }

  return {
    beginLoad() {
      before = asked
      asked = new Map()
    },
    parse(file) {
      const known = find(file) ?? { file, parsed: parseFile(file, engines) }
      const ofPath = asked.get(file.path) ?? []
      asked.set(file.path, ofPath)
      if (!ofPath.includes(known)) ofPath.push(known)
      return known.parsed
    },
  }
}
