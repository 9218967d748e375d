import { severityOf, type Severity } from '../../model/severity.ts'
import { objectUnits } from '../limits.ts'
import { textOf } from '../text-of.ts'
import { type Filter, type FilterScope } from './scope.ts'

function lookOf(scope: FilterScope, value: unknown): Severity {
  return severityOf(isAlert(value) && value.status === 'resolved' ? 'resolved' : wordOf(scope, value))
}

function wordOf(scope: FilterScope, value: unknown): string {
  if (!isAlert(value)) return textOf(value, scope.charge)
  const { labels } = value
  if (!Object.hasOwn(labels, 'severity')) return ''
  return textOf(labels['severity'], scope.charge)
}

function isAlert(value: unknown): value is { readonly status: unknown; readonly labels: Record<string, unknown> } {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'status')) return false
  const labels: unknown = Object.getOwnPropertyDescriptor(value, 'labels')?.value
  return typeof labels === 'object' && labels !== null
}

/** The colour of an alert or of a severity's word, as `#rrggbb`; green for a resolved alert. */
export const severityColor: Filter = (scope, value) => lookOf(scope, value).colour

/** A coloured circle for an alert or a severity's word; green for a resolved alert. */
export const severityEmoji: Filter = (scope, value) => lookOf(scope, value).emoji

/** Alerts with the worst severity first; equals keep their order. */
export const bySeverity: Filter = (scope, value) => {
  if (!Array.isArray(value)) return []
  scope.charge(value.length * objectUnits)
  const ranked = value.map((alert: unknown) => ({ alert, rank: severityOf(wordOf(scope, alert)).rank }))
  return ranked.sort((left, right) => left.rank - right.rank).map(({ alert }) => alert)
}
