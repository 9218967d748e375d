import { readFile } from 'node:fs/promises'
import { Agent, fetch } from 'undici'
import { type KubeApi } from './programs/kube-api.ts'

/** Plain requests to a test's API server, for the many objects that kubectl would take minutes for. */
export interface ApiClient {
  /** Creates one object of a kind of ours, by its plural. */
  create(plural: string, object: object): Promise<void>
  /** Creates them all, several at once; those that are there already are left as they are. */
  createAll(plural: string, objects: readonly object[]): Promise<void>
  close(): Promise<void>
}

const lanes = 16

/** A client for the administrator of this API server. */
export async function startApiClient(kube: KubeApi): Promise<ApiClient> {
  const { users } = JSON.parse(await readFile(kube.kubeconfig(), 'utf8')) as {
    readonly users: readonly { readonly user: { readonly token: string } }[]
  }
  const authorization = `Bearer ${users[0]?.user.token ?? ''}`
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false }, connections: lanes })

  async function create(plural: string, object: object): Promise<void> {
    const answer = await fetch(`${kube.url}/apis/notification.kubesphere.io/v2alpha1/${plural}`, {
      method: 'POST',
      dispatcher,
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify(object),
    })
    const text = await answer.text()
    if (!answer.ok && answer.status !== 409) throw new Error(`creating ${plural}: ${answer.status} ${text}`)
  }

  return {
    create,
    async createAll(plural, objects) {
      const waiting = objects.values()
      await Promise.all(
        Array.from({ length: lanes }, async () => {
          for (const object of waiting) await create(plural, object)
        }),
      )
    },
    close: () => dispatcher.close(),
  }
}
