import { setImmediate as turn } from 'node:timers/promises'
import { type FastifyInstance } from 'fastify'
import { type SecretRefs } from '../../api/references.ts'
import { keyOf, type Resource, type ResourceKey } from '../../model/object.ts'
import { type HistoryRecord } from '../../notify/outbox.ts'
import { createReadiness, type Readiness } from '../../rules/readiness.ts'
import { type CompiledReceiver, type ExcludedReceiver } from '../../rules/ruleset.ts'
import { type RouteContext } from '../context.ts'
import { toJson } from '../json.ts'
import { RequestError } from '../refusals.ts'
import { secretReferences } from '../secret-references.ts'

/** Above this the number of waiting notifications of one receiver is told as this. */
const maxPending = 1_000
/** How many receivers are looked up before posts get their turn: each asks the outbox twice. */
const turnEvery = 50

const querystring = {
  type: 'object',
  properties: { tenant: { type: 'string', maxLength: 253 }, type: { type: 'string', maxLength: 63 } },
} as const

interface Query {
  readonly tenant?: string
  readonly type?: string
}

/** `GET /receivers?tenant=&type=`: every receiver, how it is configured and how it fares. References, never values. */
export function routeReceivers(app: FastifyInstance, context: RouteContext): void {
  app.get<{ Querystring: Query }>('/receivers', { schema: { querystring } }, async (request, reply) => {
    const { tenant, type } = request.query
    checkType(type)
    const inForce = context.current()
    const compiled = (inForce?.ruleset.receivers ?? []).filter(
      (receiver) =>
        (tenant === undefined || receiver.tenant === tenant) && (type === undefined || receiver.channel.name === type),
    )
    const excluded = (inForce?.ruleset.excluded ?? []).filter(
      (receiver) => tenant === undefined && (type === undefined || channelOf(receiver) === type),
    )
    void reply.type('application/json; charset=utf-8')
    if (inForce === undefined) return toJson({ ruleset: null, receivers: [] })
    const { missingSecret: missing = () => undefined } = context
    const readiness = createReadiness({ ...inForce, secretRefs: secretRefsOf, missing })
    const receivers: object[] = []
    for (const [place, receiver] of compiled.entries()) {
      if (place % turnEvery === turnEvery - 1) await turn()
      receivers.push(describe(receiver, context, readiness.receiver(receiver)))
    }
    for (const receiver of excluded) {
      receivers.push(describeExcluded(receiver, channelOf(receiver), readiness.excluded(receiver)))
    }
    return toJson({ ruleset: inForce.ruleset.version, receivers })
  })

  function checkType(type: string | undefined): void {
    const names = context.channels.map((channel) => channel.name)
    if (type === undefined || names.includes(type)) return
    throw new RequestError(`type must be one of ${names.join(', ')}`)
  }

  function channelOf(receiver: ExcludedReceiver): string | null {
    return context.channels.find((channel) => channel.receiver.kind === receiver.ref.kind)?.name ?? null
  }
}

function describe(receiver: CompiledReceiver, { outbox }: RouteContext, readiness: Readiness): object {
  const { key, resource, channel, config } = receiver
  const [last] = outbox.history({ limit: 1, receiver: key })
  return {
    kind: resource.kind,
    name: resource.metadata.name,
    type: channel.name,
    class: receiver.class,
    tenant: receiver.tenant ?? null,
    config: {
      ...(config === undefined ? {} : { kind: config.kind, name: config.metadata.name }),
      reason: receiver.configReason,
    },
    alertSelector: receiver.alertSelector ?? null,
    ...toFields(readiness),
    stale: resource.stale === true || config?.stale === true,
    secrets: [resource, ...(config === undefined ? [] : [config])].flatMap((object) =>
      secretsOf(object, receiver.secretNamespace),
    ),
    pending: outbox.pending({ limit: maxPending, receiver: key }).length,
    lastDelivery: last === undefined ? null : describeDelivery(last),
  }
}

/** The references that the listing itself shows. */
function secretRefsOf({ spec }: Resource): ReturnType<SecretRefs> {
  return secretReferences(spec, '').map(({ path, ...ref }) => ({ path: `spec.${path}`, ref }))
}

function toFields({ status, reason, message }: Readiness): object {
  return { ready: status === 'True', reason, message }
}

function describeExcluded({ ref }: ExcludedReceiver, type: string | null, readiness: Readiness): object {
  return { kind: ref.kind, name: ref.name, type, class: 'excluded', tenant: null, ...toFields(readiness) }
}

function describeDelivery(record: HistoryRecord): object {
  const { at, outcome, reason, detail } = record
  return { at: new Date(at).toISOString(), outcome, ...(reason === undefined ? {} : { reason }), detail }
}

function secretsOf(object: Resource, namespace: string): readonly object[] {
  const owner: ResourceKey = keyOf(object)
  return secretReferences(object.spec, namespace).map((reference) => ({ of: owner, ...reference }))
}
