/** Longest subject that is made up. */
const maxLength = 200

/** A subject for a body that has none: `[FIRING:2] name` for Alertmanager's shape, else its first line of text. */
export function subjectOf(json: unknown): string | undefined {
  const fields = fieldsOf(json)
  const alerts = fields.get('alerts')
  if (Array.isArray(alerts)) {
    const firing = alerts.filter((alert) => fieldsOf(alert).get('status') === 'firing').length
    const name = fieldsOf(fields.get('commonLabels')).get('alertname')
    const state = firing > 0 ? `FIRING:${firing}` : 'RESOLVED'
    return cut(`[${state}] ${typeof name === 'string' ? name : `${alerts.length} alerts`}`)
  }
  const text = ['title', 'subject', 'text', 'content']
    .flatMap((name) => [fields.get(name), fieldsOf(fields.get(name)).get('content')])
    .find((value) => typeof value === 'string' && value.trim() !== '')
  return typeof text === 'string' ? cut(text.trim().split('\n')[0] ?? '') : undefined
}

function fieldsOf(value: unknown): ReadonlyMap<string, unknown> {
  return new Map<string, unknown>(typeof value === 'object' && value !== null ? Object.entries(value) : [])
}

function cut(text: string): string {
  return text.length > maxLength ? `${text.slice(0, maxLength)}…` : text
}
