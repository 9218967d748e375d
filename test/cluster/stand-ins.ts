import { type KubeApi } from '../support/programs/kube-api.ts'

/** Kinds of others that our manifests use: group, version, kind, plural. */
const foreignKinds = [
  ['argoproj.io', 'v1alpha1', 'Application', 'applications'],
  ['argoproj.io', 'v1alpha1', 'ApplicationSet', 'applicationsets'],
  ['argoproj.io', 'v1alpha1', 'AppProject', 'appprojects'],
  ['source.toolkit.fluxcd.io', 'v1', 'GitRepository', 'gitrepositories'],
  ['kustomize.toolkit.fluxcd.io', 'v1', 'Kustomization', 'kustomizations'],
  ['monitoring.coreos.com', 'v1', 'ServiceMonitor', 'servicemonitors'],
  ['monitoring.coreos.com', 'v1', 'PodMonitor', 'podmonitors'],
  ['monitoring.coreos.com', 'v1', 'PrometheusRule', 'prometheusrules'],
  ['monitoring.coreos.com', 'v1alpha1', 'AlertmanagerConfig', 'alertmanagerconfigs'],
  ['cert-manager.io', 'v1', 'Certificate', 'certificates'],
] as const

/** Namespaces that belong to others. */
const foreignNamespaces = ['argocd', 'flux-system', 'monitoring', 'notification-manager']

/**
 * Makes the API server take objects of other projects. Their CustomResourceDefinitions are stand-ins without a schema: that the
 * objects can be applied is tested, not that their fields are what those projects want.
 */
export async function installStandIns(kube: KubeApi): Promise<void> {
  const crds = foreignKinds.map(([group, version, kind, plural]) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  }))
  const namespaces = foreignNamespaces.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }))
  const list = { apiVersion: 'v1', kind: 'List', items: [...crds, ...namespaces] }
  await kube.kubectl(['create', '--validate=false', '-f', '-'], JSON.stringify(list))
  await kube.kubectl(['wait', '--for=condition=Established', '--timeout=30s', 'crd', '--all'])
}
