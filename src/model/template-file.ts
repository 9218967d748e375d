import { type Origin } from './object.ts'

/** Text that defines named templates; `path` is the name that `templateFile` uses, or the place it was read from. */
export interface TemplateFile {
  readonly path: string
  readonly text: string
  /** Where the text begins, when that is inside another file. */
  readonly origin?: Origin
}
