import { type Format, type Rendered } from '../channels/channel.ts'
import { type Notification } from '../model/notification.ts'
import { type Problem } from '../model/problem.ts'
import { type TemplateFile } from '../model/template-file.ts'

/** One request to render. */
export interface RenderRequest {
  /** A bare name or the action form `{{ template "name" . }}`. */
  readonly name: string
  readonly format: Format
  /** The template to fall back to when `name` is missing or fails; a built-in one. */
  readonly fallback: string
  readonly notification: Notification
}

/** The named templates in force: the built-in ones and those of the template files. Immutable. */
export interface TemplateLibrary {
  has(name: string): boolean
  /** Whether the template is a built-in one that no file has replaced, nor anything that it calls. */
  isBuiltIn(name: string): boolean
  /** Never throws for a broken template: falls back and says why in `fallback`. */
  render(request: RenderRequest): Rendered
}

/** What loading gives back: always a library, and what should be mended. */
export interface LoadedTemplates {
  readonly library: TemplateLibrary
  readonly problems: readonly Problem[]
  /** By path, the text of each file that is in force: its newest, or its last good one. What the next load falls back to. */
  readonly good: ReadonlyMap<string, TemplateFile>
}

/** Loads template files over the built-in ones. */
export interface Templates {
  /** Never throws: a broken file keeps what `previous` had of it, and its Problem tells file, line and remedy. */
  load(files: readonly TemplateFile[], previous?: LoadedTemplates): LoadedTemplates
}
