import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { kinds } from '../api/objects.ts'
import { startCrdApi, type ApiAnswer, type ApiRequest, type CrdApi } from '../support/programs/crd-api.ts'
import { waitFor } from '../support/programs/process.ts'

const crdFolder = join(import.meta.dirname, '..', '..', 'crds')

/** Where the CustomResourceDefinitions are. */
export const crdPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

/** A CustomResourceDefinition, as far as the tests look at it. */
export interface Crd {
  readonly metadata: { readonly name: string; readonly resourceVersion?: string; readonly generation?: number }
  readonly spec: {
    readonly names: { readonly kind: string; readonly plural: string; readonly shortNames?: readonly string[] }
    readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: object } }[]
  }
  readonly status: {
    readonly conditions: readonly { readonly type: string; readonly status: string; readonly message: string }[]
    readonly acceptedNames: object
  }
}

/** One of the two servers. */
export interface CrdServer {
  readonly name: '1.20' | 'current'
  readonly request: ApiRequest
}

/** What a server says to an object, which it does not store. */
export interface Verdict {
  readonly taken: boolean
  /** As it would be stored: defaults applied, unknown fields pruned. */
  readonly spec: unknown
  readonly faults: readonly { readonly field: string; readonly message: string }[]
  readonly warnings: readonly string[]
}

/** Both servers with all CustomResourceDefinitions. */
export interface CrdWorld {
  readonly api: CrdApi
  readonly servers: readonly CrdServer[]
  /** What each server answered when it was given each of the definitions. */
  readonly created: readonly { readonly server: CrdServer; readonly crd: Crd; readonly answer: ApiAnswer }[]
  stop(): Promise<void>
}

/** The definitions as they are committed. */
export async function committedCrds(): Promise<readonly Crd[]> {
  const files = (await readdir(crdFolder)).filter((file) => file !== 'kustomization.yaml').toSorted()
  return Promise.all(files.map(async (file) => parse(await readFile(join(crdFolder, file), 'utf8')) as Crd))
}

/** Starts both servers, gives them the definitions, and waits until all kinds are served. */
export async function startCrdWorld(): Promise<CrdWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'notification-manager-test-'))
  const api = await startCrdApi(folder)
  const servers: readonly CrdServer[] = [
    { name: '1.20', request: api.kubeRequest },
    { name: 'current', request: api.request },
  ]
  const created: CrdWorld['created'][number][] = []
  for (const server of servers) {
    for (const crd of await committedCrds()) {
      created.push({ server, crd, answer: await server.request('POST', crdPath, crd) })
    }
  }
  for (const { server, crd, answer } of created) {
    if (answer.status < 300) await waitFor(`${crd.metadata.name} served`, () => isServed(server, crd))
  }
  const stop = async (): Promise<void> => {
    await api.stop()
    await rm(folder, { recursive: true, force: true })
  }
  return { api, servers, created, stop }
}

async function isServed({ request }: CrdServer, crd: Crd): Promise<true | undefined> {
  const { status } = await request('GET', placeOf(crd.spec.names.kind))
  return status === 200 ? true : undefined
}

/** Where the objects of a kind are, or one of them. */
export function placeOf(kind: string, name?: string): string {
  const plural = kinds.find(kind)?.plural ?? kind
  const place = `/apis/notification.kubesphere.io/v2alpha1/${plural}`
  return name === undefined ? place : `${place}/${name}`
}

/** Asks a server about an object without storing it. */
export async function judge({ request }: CrdServer, object: Readonly<Record<string, unknown>>): Promise<Verdict> {
  const { status, body, warnings } = await request('POST', `${placeOf(String(object['kind']))}?dryRun=All`, object)
  if (status < 300) return { taken: true, spec: (body as { spec?: unknown }).spec, faults: [], warnings }
  return { taken: false, spec: undefined, faults: faultsOf(body), warnings }
}

interface Refusal {
  readonly message?: string
  readonly details?: { readonly causes?: readonly { readonly field?: string; readonly message?: string }[] }
}

/** What a refusal names. An object that cannot even be decoded has a message only. */
function faultsOf(body: unknown): Verdict['faults'] {
  const { message = String(body), details } = body as Refusal
  const causes = (details?.causes ?? []).filter(({ field }) => field !== undefined && field !== '<nil>')
  if (causes.length === 0) return [{ field: '', message }]
  return causes.map((cause) => ({ field: cause.field ?? '', message: cause.message ?? '' }))
}
