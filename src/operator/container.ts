import { drainArgs } from './drain.ts'
import { chooseImage } from './image.ts'
import { present, type Manager, type ServerDefaults } from './manager.ts'
import { canonicalQuantities } from './quantity.ts'

/** Where the server takes alerts, inside the pod and at the Service. */
export const serverPort = 19_093

/** Where the outbox is, inside the container. */
export const outboxPath = '/data'

/** Volume of the outbox: an empty folder or, with persistence, a claim. A volume of the spec with this name takes its place. */
export const outboxVolume = 'outbox'

/** Volume of temporary files: the root file system cannot be written to. */
export const scratchVolume = 'tmp'
const scratchPath = '/tmp'

const containerName = 'notification-manager'

/** Name of the port when the spec names none, or an empty one, as the predecessor took it. */
export function portNameOf(manager: Manager): string {
  const { portName } = manager.spec
  return portName === undefined || portName === '' ? 'webhook' : portName
}

/** The server's container. Its flags come from the spec's `args` last, so that they win over ours. */
export function serverContainer(manager: Manager, defaults: ServerDefaults): object {
  const { spec } = manager
  return {
    name: containerName,
    image: chooseImage(spec.image, defaults.image).image,
    imagePullPolicy: spec.imagePullPolicy ?? 'IfNotPresent',
    args: ['serve', '--name', manager.metadata.name, '--data', outboxPath, ...drainArgs, ...(spec.args ?? [])],
    ports: [{ name: portNameOf(manager), containerPort: serverPort, protocol: 'TCP' }],
    env: environment(spec.defaultSecretNamespace),
    ...present({ resources: resources(spec.resources) }),
    volumeMounts: mounts(manager),
    ...probesOf(spec.args ?? []),
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      capabilities: { drop: ['ALL'] },
    },
  }
}

/** `NAMESPACE` is where Secrets without a namespace are, as the predecessor's servers read it. */
function environment(secretNamespace: string | undefined): readonly object[] {
  const ofPod = (field: string): object => ({ valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: field } } })
  const own = secretNamespace === undefined || secretNamespace === ''
  return [
    { name: 'NAMESPACE', ...(own ? ofPod('metadata.namespace') : { value: secretNamespace }) },
    { name: 'POD_NAMESPACE', ...ofPod('metadata.namespace') },
    { name: 'POD_NAME', ...ofPod('metadata.name') },
  ]
}

function resources(wanted: Manager['spec']['resources']): object | undefined {
  if (wanted === undefined) return undefined
  const { limits, requests, claims } = wanted
  return present({ limits: canonicalQuantities(limits), requests: canonicalQuantities(requests), claims })
}

/** The volumes that the server needs and the spec does not bring: those whose place inside the container is still free. */
export function ownMounts(manager: Manager): readonly { readonly name: string; readonly mountPath: string }[] {
  const taken = new Set((manager.spec.volumeMounts ?? []).map(({ mountPath }) => mountPath.replace(/(?<=.)\/+$/u, '')))
  return [
    { name: outboxVolume, mountPath: outboxPath },
    { name: scratchVolume, mountPath: scratchPath },
  ].filter(({ mountPath }) => !taken.has(mountPath))
}

function mounts(manager: Manager): readonly object[] {
  return [...ownMounts(manager), ...(manager.spec.volumeMounts ?? [])]
}

/**
 * Starting may take two minutes (a large outbox is checked); after that, a server that does not answer for a minute is started
 * anew, and one that is not ready for ten seconds gets no more posts.
 */
function probesOf(args: readonly string[]): object {
  const scheme = args.some((arg) => /^--tls-cert(=|$)/u.test(arg)) ? 'HTTPS' : 'HTTP'
  const probe = (path: string, timing: object): object => ({ httpGet: { path, port: serverPort, scheme }, ...timing })
  return {
    startupProbe: probe('/-/live', { periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 60 }),
    livenessProbe: probe('/-/live', { periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 }),
    readinessProbe: probe('/-/ready', { periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 2 }),
  }
}
