import { type Alert } from '../model/alert.ts'
import { type Clause } from './ruleset.ts'
import { type TenantSource } from './snapshot.ts'
import { type FoundTenant } from './tenancy.ts'

/** Beyond these a sentence is no longer one that people read. */
const maxShownLength = 80
const maxShownItems = 10

/** `severity In [critical], the alert has severity=warning`. */
export function clauseSentence({ subject, operator, wanted, found }: Clause): string {
  const name = shorten(subject)
  const values = wanted.length === 0 ? '' : ` ${list(wanted)}`
  const has = found === undefined ? `no ${name}` : `${name}=${found.map(shorten).join(',')}`
  return `${name} ${operator}${values}, the alert has ${has}`
}

/** `the alert belongs to [billing] (label namespace)`. */
export function tenantsSentence(
  tenants: readonly FoundTenant[],
  { alert, tenantKey }: { readonly alert: Alert; readonly tenantKey: string },
): string {
  if (tenants.length === 0) return 'the alert belongs to no tenant'
  const namespace = shorten(alert.labels.get('namespace') ?? '')
  const ways: Readonly<Record<TenantSource, string>> = {
    alertLabel: `label ${tenantKey}`,
    roleBinding: `RoleBindings in namespace ${namespace}`,
    namespaceLabel: `label ${tenantKey} of namespace ${namespace}`,
  }
  const used = [...new Set(tenants.map(({ source }) => ways[source]))].join(', ')
  return `the alert belongs to ${list(tenants.map(({ tenant }) => tenant))} (${used})`
}

function list(values: readonly string[]): string {
  const shown = values.slice(0, maxShownItems).map(shorten)
  const more = values.length > maxShownItems ? [`and ${values.length - maxShownItems} more`] : []
  return `[${[...shown, ...more].join(', ')}]`
}

function shorten(text: string): string {
  return text.length > maxShownLength ? `${text.slice(0, maxShownLength)}…` : text
}
