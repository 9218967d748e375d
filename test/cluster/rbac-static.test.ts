import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { kinds } from '../api/objects.ts'
import { everything, nameOf, objectsIn, ofKinds, type Manifest } from './kustomizations.ts'

const group = 'notification.kubesphere.io'
const workloads = ['pods', 'deployments', 'statefulsets', 'daemonsets', 'replicasets', 'jobs', 'cronjobs', 'services']
const reading = new Set(['get', 'list', 'watch'])
const server = 'notification-manager-server'
const operator = 'notification-manager-operator'

interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
  readonly resourceNames?: readonly string[]
}

interface Role extends Manifest {
  readonly rules: readonly Rule[]
}

interface Binding extends Manifest {
  readonly roleRef: { readonly kind: string; readonly name: string }
  readonly subjects: readonly { readonly kind: string; readonly name: string; readonly namespace: string }[]
}

/** One thing that an account may do: `verb group/resource`, with where. */
interface Grant {
  readonly verb: string
  readonly resource: string
  readonly group: string
  readonly names: readonly string[]
  /** Absent: in the whole cluster. */
  readonly namespace: string | undefined
}

describe('the rights that are shipped', async () => {
  let objects: readonly Manifest[] = []
  await it('are read', async (context) => {
    objects = await objectsIn(await everything(context))
    assert.ok(rolesOf(objects).length >= 8)
  })
  const plurals = kinds.list.map(({ plural }) => plural)

  it('have no wildcard', () => {
    for (const role of rolesOf(objects)) {
      const words = role.rules.flatMap(({ apiGroups, resources, verbs }) => [...apiGroups, ...resources, ...verbs])
      assert.ok(!words.some((word) => word.includes('*')), nameOf(role))
      assert.ok(!words.some((word) => ['escalate', 'bind', 'impersonate'].includes(word)), nameOf(role))
    }
  })

  it('give nobody the Secrets of the whole cluster', () => {
    const clusterRoles = rolesOf(objects).filter(({ kind }) => kind === 'ClusterRole')
    const wrong = clusterRoles.filter(({ rules }) => rules.some(({ resources }) => resources.includes('secrets')))
    assert.deepEqual(wrong.map(nameOf), [])
  })

  it('are all bound to an account of ours, to roles that are there', () => {
    const accounts = objects.filter(({ kind }) => kind === 'ServiceAccount').map(nameOf)
    for (const binding of bindingsOf(objects)) {
      roleOf(objects, binding)
      for (const { kind, name, namespace } of binding.subjects) {
        assert.ok(accounts.includes(`${kind}/${namespace}/${name}`), `${nameOf(binding)} binds ${name}`)
      }
    }
  })

  it('let the server read our kinds everywhere and its Secrets at home, and write nothing but status, Events and its Lease', () => {
    const grants = grantsOf(objects, server)
    for (const plural of plurals) {
      for (const verb of reading) assert.ok(grants.some(isGrant(verb, group, plural)), `${verb} ${plural}`)
      assert.ok(grants.some(isGrant('patch', group, `${plural}/status`)), `${plural}/status`)
    }
    const writes = grants.filter(({ verb }) => !reading.has(verb))
    for (const { verb, group: of, resource, namespace } of writes) {
      const allowed =
        (of === group && resource.endsWith('/status') && verb === 'patch') ||
        (resource === 'events' && namespace === 'default') ||
        (resource === 'leases' && namespace === 'notification-manager-system')
      assert.ok(allowed, `the server may ${verb} ${resource}`)
    }
    const secrets = grants.filter(({ resource }) => resource === 'secrets' || resource === 'configmaps')
    assert.deepEqual(new Set(secrets.map(({ namespace }) => namespace)), new Set(['notification-manager-system']))
    assert.ok(!grants.some(({ resource }) => workloads.includes(resource)))
  })

  it('give the server RoleBindings and Namespaces by their own components only, and never what they bind', async () => {
    const base = grantsOf(await objectsIn('kustomize/base'), server)
    const production = grantsOf(await objectsIn('kustomize/overlays/production'), server)
    for (const { resource } of [...base, ...production]) {
      assert.ok(!['rolebindings', 'namespaces'].includes(resource), resource)
    }
    const all = grantsOf(objects, server)
    for (const resource of ['rolebindings', 'namespaces']) {
      assert.deepEqual(
        all.filter((grant) => grant.resource === resource).map(({ verb }) => verb),
        ['list', 'watch'],
      )
    }
  })

  it('take the status writer away with its bindings, and leave the server all that it reads', () => {
    const isWriter = (binding: Manifest): boolean => /-(status-writer|events)$/u.test(binding.metadata.name)
    const without = objects.filter((object) => !isWriter(object) || object.kind.endsWith('Role'))
    const reads = (grants: readonly Grant[]): readonly Grant[] => grants.filter(({ verb }) => reading.has(verb))
    const left = grantsOf(without, server)
    assert.deepEqual(left, reads(left))
    assert.deepEqual(
      left,
      reads(grantsOf(objects, server)).filter(({ resource }) => resource !== 'leases'),
    )
  })

  it('let the operator run workloads in its own namespace and read no Secret, no receiver and no config', () => {
    const grants = grantsOf(objects, operator)
    assert.deepEqual(
      new Set(grants.filter(({ namespace }) => namespace === undefined).map(({ resource }) => resource)),
      new Set(['notificationmanagers', 'notificationmanagers/status', 'notificationmanagers/finalizers']),
    )
    const forbidden = ['secrets', 'configmaps', 'pods', 'serviceaccounts', 'roles', 'rolebindings']
    assert.ok(!grants.some(({ resource }) => forbidden.includes(resource)))
    for (const verb of ['list', 'watch', 'create', 'patch']) {
      for (const resource of ['deployments', 'statefulsets', 'services', 'poddisruptionbudgets']) {
        assert.ok(
          grants.some((grant) => grant.verb === verb && grant.resource === resource),
          `${verb} ${resource}`,
        )
      }
    }
  })

  it("keep each account from the other's Lease", () => {
    for (const account of [server, operator]) {
      const leases = grantsOf(objects, account).filter(({ resource }) => resource === 'leases')
      const named = leases.filter(({ verb }) => verb !== 'create')
      assert.deepEqual(new Set(named.flatMap(({ names }) => names)), new Set([account]))
      assert.ok(named.every(({ names }) => names.length === 1))
    }
  })

  it('let people view everything of ours, and edit all but NotificationManagers and status', () => {
    const [viewer, editor] = ['viewer', 'editor'].map((name) => {
      const found = rolesOf(objects).find(({ metadata }) => metadata.name === `notification-manager-${name}`)
      assert.ok(found, name)
      return found
    }) as [Role, Role]
    assert.deepEqual(new Set(viewer.rules.flatMap(({ resources }) => resources)), new Set(plurals))
    assert.deepEqual(new Set(viewer.rules.flatMap(({ verbs }) => verbs)), reading)
    assert.deepEqual(
      new Set(editor.rules.flatMap(({ resources }) => resources)),
      new Set(plurals.filter((plural) => plural !== 'notificationmanagers')),
    )
    const aggregated = (role: Role): readonly string[] =>
      Object.keys(role.metadata.labels ?? {}).flatMap((label) => /aggregate-to-(\w+)$/u.exec(label)?.[1] ?? [])
    assert.deepEqual(aggregated(viewer).toSorted(), ['admin', 'edit', 'view'])
    assert.deepEqual(aggregated(editor).toSorted(), ['admin', 'edit'])
  })
})

function rolesOf(objects: readonly Manifest[]): readonly Role[] {
  return ofKinds(objects, 'Role', 'ClusterRole') as readonly Role[]
}

function bindingsOf(objects: readonly Manifest[]): readonly Binding[] {
  return ofKinds(objects, 'RoleBinding', 'ClusterRoleBinding') as readonly Binding[]
}

function roleOf(objects: readonly Manifest[], { metadata, roleRef }: Binding): Role {
  const found = rolesOf(objects).find(
    (role) =>
      role.kind === roleRef.kind &&
      role.metadata.name === roleRef.name &&
      (role.kind === 'ClusterRole' || role.metadata.namespace === metadata.namespace),
  )
  assert.ok(found, `${metadata.name} binds ${roleRef.kind}/${roleRef.name}, which is not there`)
  return found
}

/** Everything that an account may do, as RBAC adds it up. */
function grantsOf(objects: readonly Manifest[], account: string): readonly Grant[] {
  return bindingsOf(objects)
    .filter(({ subjects }) => subjects.some(({ name }) => name === account))
    .flatMap((binding) =>
      roleOf(objects, binding).rules.flatMap((rule) => grantsOfRule(rule, binding.metadata.namespace)),
    )
}

function grantsOfRule({ apiGroups, resources, verbs, resourceNames }: Rule, namespace: string | undefined): Grant[] {
  return apiGroups.flatMap((of) =>
    resources.flatMap((resource) =>
      verbs.map((verb) => ({ verb, resource, group: of, names: resourceNames ?? [], namespace })),
    ),
  )
}

/** In the whole cluster. */
function isGrant(verb: string, of: string, resource: string): (grant: Grant) => boolean {
  return (grant) =>
    grant.verb === verb && grant.group === of && grant.resource === resource && grant.namespace === undefined
}
