import { type AnyChannel } from '../channels/channel.ts'
import { type Resource } from '../model/object.ts'
import { type Problem, type ProblemReason } from '../model/problem.ts'
import { type ChosenConfig } from './config-choice.ts'
import { problemOf } from './problems.ts'
import { type Membership } from './select.ts'

/** Why no alert can reach a receiver, and what would be right. */
export interface Exclusion {
  readonly reason: ProblemReason
  readonly path: string
  readonly message: string
  readonly remedy: string
}

/** A receiver that the NotificationManager does not know. */
export const notSelected: Exclusion = {
  reason: 'NotSelected',
  path: 'metadata.labels',
  message: 'no receiver selector of the NotificationManager matches its labels, so nobody is told through it',
  remedy: 'give it the labels of globalReceiverSelector or of tenantReceiverSelector',
}

/** A tenant's receiver of no tenant. */
export function tenantLabelMissing({ owner = '' }: Membership): Exclusion {
  return {
    reason: 'TenantLabelMissing',
    path: 'metadata.labels',
    message: `it is a tenant's receiver, but no label ${owner} names the tenant, so nobody is told through it`,
    remedy: `add the label ${owner} with the tenant's name`,
  }
}

/** A built-in document that does not fit this receiver. */
export function unruled(document: string): Exclusion {
  return {
    reason: 'InvalidRule',
    path: '',
    message: `the rule of ${document} needs a parameter that this receiver does not have`,
    remedy: `correct rules/${document}.yaml`,
  }
}

/** Selected twice. */
export function ambiguousClass(resource: Resource, membership: Membership): Problem {
  return problemOf('warning', resource, {
    reason: 'AmbiguousClass',
    path: 'metadata.labels',
    message: `both receiver selectors match its labels; it is taken for a ${membership.class} receiver`,
    remedy: 'give it the labels of one of them only',
  })
}

/** Needs a config and has none; it stays routable. */
export function configNotFound(resource: Resource, { config, configSelectorField }: AnyChannel): Problem {
  return problemOf('error', resource, {
    reason: 'ConfigNotFound',
    path: `spec.${configSelectorField}`,
    message: `there is no ${config.kind} that it may use, so its notifications wait`,
    remedy: `apply a default ${config.kind}, or one that its ${configSelectorField} matches and nobody else owns`,
  })
}

/** Chose, but nothing was there to choose. */
export function matchedNothing(resource: Resource, channel: AnyChannel, chosen: ChosenConfig | undefined): Problem {
  const { config, configSelectorField } = channel
  const instead =
    chosen === undefined ? 'none is needed' : `the default ${chosen.config.resource.metadata.name} is used`
  return problemOf('warning', resource, {
    reason: 'SelectorMatchedNothing',
    path: `spec.${configSelectorField}`,
    message: `it matches no ${config.kind} that the receiver may use; ${instead}`,
    remedy: `apply a ${config.kind} with these labels, or remove the selector`,
  })
}
