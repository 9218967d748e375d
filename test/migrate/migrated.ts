import { createValidator } from '../../src/api/validator.ts'
import { formatFinding } from '../../src/migrate/finding.ts'
import { migrate, type Manifest, type Migration } from '../../src/migrate/migrate.ts'
import { ruleDocumentSchema } from '../../src/rules/document.ts'
import { kinds } from '../api/objects.ts'
import { previous } from './v2beta2.ts'

const validateRule = createValidator(ruleDocumentSchema)

/** Migrates with the real kinds and the real schema of rules. */
export function migrated(
  manifests: readonly Manifest[],
  { emit = false, namespace }: { readonly emit?: boolean; readonly namespace?: string } = {},
): Migration {
  return migrate(manifests, {
    kinds,
    checkRule(document) {
      const verdict = validateRule(document)
      return verdict.ok ? [] : verdict.faults.map(({ path, message }) => `${path} ${message}`)
    },
    secrets: { emit, ...(namespace === undefined ? {} : { namespace }) },
    takesRules: true,
  })
}

/** The findings of some severity, one line each. */
export function lines({ findings }: Migration, severity?: 'lost' | 'changed'): readonly string[] {
  return findings.filter((finding) => severity === undefined || finding.severity === severity).map(formatFinding)
}

/** A NotificationManager with the usual selectors. */
export const manager = previous('NotificationManager', 'nm', {
  defaultSecretNamespace: 'monitoring',
  defaultConfigSelector: { matchLabels: { type: 'default' } },
  receivers: {
    tenantKey: 'namespace',
    globalReceiverSelector: { matchLabels: { type: 'global' } },
    tenantReceiverSelector: { matchLabels: { type: 'tenant' } },
  },
})

/** A Receiver of v2beta2. */
export function receiver(name: string, spec: object, labels = {}): ReturnType<typeof previous> {
  return previous('Receiver', name, spec, labels)
}

/** The name of a printed object. */
export function nameOf(object: object): string {
  return (object as { metadata: { name: string } }).metadata.name
}

/** The specs of the printed objects of a kind. */
export function specs({ manifests }: Migration, kind: string): readonly unknown[] {
  return (manifests as { kind: string; spec?: unknown; data?: unknown }[])
    .filter((one) => one.kind === kind)
    .map(({ spec }) => spec)
}
