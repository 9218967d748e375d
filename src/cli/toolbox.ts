import { type AlertGroup } from '../model/alert.ts'
import { type Origin, type Resource } from '../model/object.ts'
import { type Problem } from '../model/problem.ts'
import { type Ruleset } from '../rules/ruleset.ts'
import { type TemplateLibrary } from '../templates/library.ts'

/** Where a verb writes, and what it may use of the terminal. */
export interface Terminal {
  out(text: string): void
  err(text: string): void
  /** Whether `out` is a terminal that wants colour. */
  readonly colour: boolean
}

/** Flags of one verb by their camel-case names. */
export type VerbFlags = Readonly<Record<string, string | readonly string[] | boolean | undefined>>

/** Resources read once and compiled. */
export interface Loaded {
  readonly ruleset: Ruleset
  readonly templates: TemplateLibrary
  readonly problems: readonly Problem[]
  /** How many resources of our kinds were read. */
  readonly objects: number
  /** The configs among them. */
  readonly configs: readonly Resource[]
}

/** One document of a file, not checked yet, and the places of its paths. */
export interface Manifest {
  readonly value: unknown
  originOf(path: string): Origin
}

/** Everything below some paths, and what of it could not be read. */
export interface Manifests {
  readonly documents: readonly Manifest[]
  readonly problems: readonly Problem[]
}

/** One request to a running server's API. */
export interface Question {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Below the server's address, for example `api/v1/history`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly body?: object
}

/** What a server says: done, or 404. */
export interface Answer {
  readonly status: number
  readonly body: unknown
}

/** A running server. */
export interface RemoteServer {
  /** Resolves within a bounded time. Throws UnansweredError, with what would help, for any other answer and for none. */
  ask(question: Question): Promise<Answer>
  close(): Promise<void>
}

/** What the verbs ask of the rest; the composition root hands it in, so that no verb imports an edge. */
export interface Toolbox {
  readonly terminal: Terminal
  readonly version: string
  /** Milliseconds since the epoch. */
  now(): number
  /** Runs the server until it is told to stop; resolves with the exit code. */
  serve(flags: VerbFlags): Promise<number>
  /** Turns NotificationManagers into servers until it is told to stop; resolves with the exit code. */
  operate(flags: VerbFlags): Promise<number>
  /** The same with the demo's manifests and an embedded mailbox. */
  demo(flags: VerbFlags): Promise<number>
  load(paths: readonly string[], flags: VerbFlags): Promise<Loaded>
  /** The server that the connection flags name. Throws SettingsError when they make no sense. */
  connect(flags: VerbFlags): Promise<RemoteServer>
  /** Reads documents of any kind, kustomizations built; the path `-` is standard input. */
  readManifests(paths: readonly string[]): Promise<Manifests>
  /** Throws PayloadError with the path of what is wrong. */
  parsePayload(body: unknown): AlertGroup
  /** Path below the repository's root → text of every generated file. */
  generated(): ReadonlyMap<string, string>
  /** The folder that holds schemas/ and crds/. */
  readonly root: string
}
