import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { everything, nameOf, objectsIn, type Manifest } from './kustomizations.ts'

interface Security {
  readonly runAsNonRoot?: boolean
  readonly runAsUser?: number
  readonly seccompProfile?: { readonly type: string }
  readonly privileged?: boolean
  readonly allowPrivilegeEscalation?: boolean
  readonly readOnlyRootFilesystem?: boolean
  readonly capabilities?: { readonly drop?: readonly string[]; readonly add?: readonly string[] }
  readonly [field: string]: unknown
}

interface Container {
  readonly name: string
  readonly image: string
  readonly securityContext?: Security
  readonly ports?: readonly { readonly hostPort?: number }[]
  readonly resources?: { readonly requests?: object; readonly limits?: object }
}

interface PodSpec {
  readonly containers: readonly Container[]
  readonly initContainers?: readonly Container[]
  readonly securityContext?: Security
  readonly volumes?: readonly Readonly<Record<string, unknown>>[]
  readonly [field: string]: unknown
}

/** Volumes that a restricted pod may have. */
const volumeKinds = new Set(
  'configMap csi downwardAPI emptyDir ephemeral persistentVolumeClaim projected secret'.split(' '),
)

/** What breaks the rules of https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted */
function breaches(pod: PodSpec): readonly string[] {
  const containers = [...pod.containers, ...(pod.initContainers ?? [])]
  const host = ['hostNetwork', 'hostPID', 'hostIPC'].filter((field) => pod[field] === true)
  const volumes = (pod.volumes ?? []).flatMap((volume) =>
    Object.keys(volume).filter((key) => key !== 'name' && !volumeKinds.has(key)),
  )
  return [
    ...host,
    ...volumes.map((kind) => `volume ${kind}`),
    ...containers.flatMap((container) =>
      breachesOf(container, pod.securityContext ?? {}).map((breach) => `${container.name}: ${breach}`),
    ),
  ]
}

function breachesOf({ securityContext: own = {}, ports = [] }: Container, pod: Security): readonly string[] {
  const security: Security = { ...pod, ...own }
  const rules: Readonly<Record<string, boolean>> = {
    'must run as a user that is not root': security.runAsNonRoot === true && security.runAsUser !== 0,
    'must have a seccomp profile': ['RuntimeDefault', 'Localhost'].includes(security.seccompProfile?.type ?? ''),
    'must not be privileged': security.privileged !== true,
    'must not gain privileges': own.allowPrivilegeEscalation === false,
    'must drop all capabilities': own.capabilities?.drop?.includes('ALL') === true,
    'must add no capability': (own.capabilities?.add ?? []).every((name) => name === 'NET_BIND_SERVICE'),
    'must take no port of the host': ports.every(({ hostPort }) => hostPort === undefined),
  }
  return Object.entries(rules).flatMap(([rule, kept]) => (kept ? [] : [rule]))
}

function podsOf(objects: readonly Manifest[]): readonly (readonly [string, PodSpec])[] {
  return objects.flatMap((object) => {
    const spec = object['spec'] as { readonly template?: { readonly spec?: PodSpec } } | undefined
    const pod = spec?.template?.spec
    return pod?.containers === undefined ? [] : [[nameOf(object), pod] as const]
  })
}

describe('the pods that are shipped', () => {
  it('keep the restricted rules, which their namespace enforces', async (context) => {
    const objects = await objectsIn(await everything(context))
    const pods = podsOf(objects)
    assert.ok(pods.length > 0)
    for (const [name, pod] of pods) assert.deepEqual(breaches(pod), [], name)
    const namespace = objects.find(({ kind }) => kind === 'Namespace')
    assert.equal(namespace?.metadata.labels?.['pod-security.kubernetes.io/enforce'], 'restricted')
  })

  it('have a read-only root, an account of their own, and resources', async () => {
    for (const folder of ['kustomize/overlays/dev', 'kustomize/overlays/production']) {
      for (const [name, pod] of podsOf(await objectsIn(folder))) {
        assert.match(String(pod['serviceAccountName']), /^notification-manager-/u, name)
        for (const { securityContext, resources, image } of pod.containers) {
          assert.equal(securityContext?.readOnlyRootFilesystem, true, name)
          assert.ok(resources?.requests !== undefined && resources.limits !== undefined, name)
          assert.doesNotMatch(image, /:latest$/u)
        }
      }
    }
  })

  it('are refused by the same rules when they are careless', () => {
    const careless: PodSpec = {
      hostNetwork: true,
      containers: [{ name: 'root', image: 'x', securityContext: { privileged: true } }],
      volumes: [{ name: 'host', hostPath: {} }],
    }
    assert.equal(breaches(careless).length, 7)
  })
})
