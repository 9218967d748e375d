import { type Resource } from '../model/object.ts'
import { type EngineRule } from './conditions.ts'
import { type Evaluator, type PreparedRule } from './engine.ts'
import { type Facts, type Sets } from './operators.ts'
import { type Platform, type PlatformVerdict } from './platform.ts'
import { type CompiledReceiver, type ExcludedReceiver } from './ruleset.ts'
import { type ManagerSpec } from './snapshot.ts'
import { type FoundTenant, type Tenancy } from './tenancy.ts'

/** A receiver, its rule ready for evaluation, and the rule that chose its config. */
export interface RoutableReceiver extends PreparedRule {
  readonly receiver: CompiledReceiver
  readonly configRule?: EngineRule
}

/** What a ruleset is made of; the compiler makes all of it. */
export interface RulesetParts {
  readonly version: string
  readonly manager: Resource<ManagerSpec>
  /** In the order in which they are told. */
  readonly receivers: readonly RoutableReceiver[]
  readonly excluded: readonly ExcludedReceiver[]
  /** The rules that put objects into classes. */
  readonly members: readonly EngineRule[]
  readonly tenancy: Tenancy
  readonly platform: Platform
  readonly evaluator: Evaluator
  readonly sets: Sets
}

/** What is known of an alert once the platform rules have spoken. */
export interface Considered {
  readonly verdict: PlatformVerdict
  /** Empty for an alert that is dropped. */
  readonly tenants: readonly FoundTenant[]
  readonly facts: Facts
}
