import { type Ruleset } from '../rules/ruleset.ts'
import { type TemplateLibrary } from '../templates/library.ts'
import { type TemplateSources } from './planner.ts'

/** What was compiled together and is in force together. Immutable; a change makes a new one. */
export interface InForce {
  readonly ruleset: Ruleset
  readonly templates: TemplateLibrary
  /** What the library was made of; large groups are planned in this thread when it is absent. */
  readonly templateSources?: TemplateSources
}

/** The one reference to what is in force; undefined until the first snapshot was compiled. */
export type CurrentInForce = () => InForce | undefined
