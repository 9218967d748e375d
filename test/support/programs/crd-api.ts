import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Agent, request } from 'undici'
import { startKubeApi, requireAsset, type KubeApi } from './kube-api.ts'
import { freePort, start, waitFor, type Program } from './process.ts'

/** What an API server answered. `body` is the parsed JSON, or the text when it is none. */
export interface ApiAnswer {
  readonly status: number
  readonly body: unknown
  /** The texts of its `Warning` headers, which kubectl prints. */
  readonly warnings: readonly string[]
}

/** Sends one request. A body makes it JSON; PATCH is a server-side apply unless `contentType` says otherwise. */
export type ApiRequest = (
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
  contentType?: string,
) => Promise<ApiAnswer>

/** Plain requests with the credential of a kubeconfig that KubeApi made, and without a check of the test server's certificate. */
export interface ApiCaller {
  readonly request: ApiRequest
  close(): Promise<void>
}

/**
 * Two real servers of CustomResourceDefinitions over one etcd: the kube-apiserver of KubeApi, and Kubernetes' current
 * apiextensions-apiserver, which knows CEL and its cost limits. It asks the other one who a caller is.
 */
export interface CrdApi {
  readonly kube: KubeApi
  readonly url: string
  /** As admin, to the current server. */
  readonly request: ApiRequest
  /** As admin, to the kube-apiserver. */
  readonly kubeRequest: ApiRequest
  output(): string
  stop(): Promise<void>
}

/** Admission that needs kinds which this server does not serve. */
const withoutAdmission = [
  'NamespaceLifecycle',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionWebhook',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionWebhook',
].join(',')

/** Starts etcd, kube-apiserver and apiextensions-apiserver in `folder`. Throws when one of the programs is not there. */
export async function startCrdApi(folder: string): Promise<CrdApi> {
  const program = requireAsset('apiextensions-apiserver')
  const kube = await startKubeApi(join(folder, 'kube'))
  const port = await freePort()
  const url = `https://127.0.0.1:${port}`
  const kubeCaller = await createApiCaller(kube.url, kube.kubeconfig())
  const caller = await createApiCaller(url, kube.kubeconfig())
  await mkdir(join(folder, 'crd-certs'), { recursive: true })
  const running = start(program, [
    `--etcd-servers=${kube.etcdUrl}`,
    '--etcd-prefix=/current',
    `--secure-port=${port}`,
    '--bind-address=127.0.0.1',
    `--cert-dir=${join(folder, 'crd-certs')}`,
    ...['authentication-', 'authorization-', ''].map((use) => `--${use}kubeconfig=${kube.kubeconfig()}`),
    '--authentication-skip-lookup',
    '--enable-priority-and-fairness=false',
    `--disable-admission-plugins=${withoutAdmission}`,
  ])
  const stop = async (): Promise<void> => {
    await Promise.all([caller.close(), kubeCaller.close(), running.stop('SIGKILL')])
    await kube.stop()
  }
  try {
    await waitFor('the server of CustomResourceDefinitions ready', () => isReady(caller.request, running), {
      timeoutMs: 90_000,
      describe: running.output,
    })
  } catch (error) {
    await stop()
    throw error
  }
  return { kube, url, request: caller.request, kubeRequest: kubeCaller.request, output: running.output, stop }
}

/** A caller of the API server at `url`. Each request has a deadline of 30 seconds. */
export async function createApiCaller(url: string, kubeconfig: string): Promise<ApiCaller> {
  const { users } = JSON.parse(await readFile(kubeconfig, 'utf8')) as {
    readonly users: readonly { readonly user: { readonly token: string } }[]
  }
  const token = users[0]?.user.token ?? ''
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false }, connections: 8 })
  return {
    async request(method, path, body, contentType) {
      const type = contentType ?? (method === 'PATCH' ? 'application/apply-patch+yaml' : 'application/json')
      const answer = await request(`${url}${path}`, {
        method,
        dispatcher,
        headers: { authorization: `Bearer ${token}`, accept: 'application/json', 'content-type': type },
        body: body === undefined ? null : JSON.stringify(body),
        signal: AbortSignal.timeout(30_000),
      })
      const warnings = warningsIn([answer.headers['warning'] ?? []].flat().join(', '))
      return { status: answer.statusCode, body: parsed(await answer.body.text()), warnings }
    },
    close: () => dispatcher.destroy(),
  }
}

/** `299 - "text"`, separated by commas: https://www.rfc-editor.org/rfc/rfc7234#section-5.5 */
function warningsIn(header: string): readonly string[] {
  return [...header.matchAll(/299 - ("(?:[^"\\]|\\.)*")/gu)].map(([, quoted]) => JSON.parse(quoted ?? '""') as string)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Ready to serve, and willing to believe the admin's token, which takes it a moment longer. */
async function isReady(send: ApiRequest, running: Program): Promise<true | undefined> {
  if (running.child.exitCode !== null) throw new Error(`apiextensions-apiserver ended\n${running.output()}`)
  const list = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
  const answer = await send('GET', list).catch(() => undefined)
  return answer?.status === 200 ? true : undefined
}
