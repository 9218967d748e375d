import { type WechatReceiverSpec } from './schema.ts'

/** What a call may address at most: https://developer.work.weixin.qq.com/document/path/90236 */
export const maxTargets = { user: 1_000, party: 100, tag: 100 } as const

export type TargetKind = keyof typeof maxTargets

/** One user, department or tag. */
export interface Target {
  readonly kind: TargetKind
  readonly id: string
}

/** The user id that stands for everyone who can see the app; the vendor then ignores departments and tags. */
const everyone: Target = { kind: 'user', id: '@all' }

/**
 * Ids are echoed in the answer when they are not valid: with at most so many bytes of them in one call, the answer is always read
 * whole.
 */
const maxIdBytes = 30_000

/** Whom a receiver names, each once, users first. User ids ignore case, as the vendor's answers do. */
export function targetsOf(receiver: WechatReceiverSpec): readonly Target[] {
  const lists = { user: receiver.toUser, party: receiver.toParty, tag: receiver.toTag }
  const targets = new Map<string, Target>()
  for (const kind of ['user', 'party', 'tag'] as const) {
    for (const id of idsOf(lists[kind])) {
      const key = `${kind}:${kind === 'user' ? id.toLowerCase() : id}`
      if (!targets.has(key)) targets.set(key, { kind, id })
    }
  }
  return targets.has(`user:${everyone.id}`) ? [everyone] : [...targets.values()]
}

/** What a list separated by `|` names, blanks dropped. */
function idsOf(list: string | undefined): readonly string[] {
  return (list ?? '')
    .split('|')
    .map((id) => id.trim())
    .filter((id) => id !== '')
}

/** A name for the target that stays the same over attempts: what marks are made of. */
export function nameOf({ kind, id }: Target): string {
  return `${kind}:${kind === 'user' ? id.toLowerCase() : id}`
}

/** The targets in as few calls as the vendor allows; each call takes its share of every kind. */
export function chunkTargets(targets: readonly Target[]): readonly (readonly Target[])[] {
  const chunks: Target[][] = []
  for (const kind of ['user', 'party', 'tag'] as const) {
    const ofKind = targets.filter((target) => target.kind === kind)
    for (const [index, chunk] of chunkKind(ofKind, maxTargets[kind]).entries()) {
      chunks[index] = [...(chunks[index] ?? []), ...chunk]
    }
  }
  return chunks
}

function chunkKind(targets: readonly Target[], max: number): readonly (readonly Target[])[] {
  const chunks: Target[][] = []
  let bytes = 0
  for (const target of targets) {
    const last = chunks.at(-1)
    const size = Buffer.byteLength(target.id) + 1
    if (last === undefined || last.length >= max || bytes + size > maxIdBytes) {
      chunks.push([target])
      bytes = size
    } else {
      last.push(target)
      bytes += size
    }
  }
  return chunks
}

/** Ids of one kind as the API takes them: separated by `|`. */
export function joinIds(targets: readonly Target[], kind: TargetKind): string {
  return targets
    .filter((target) => target.kind === kind)
    .map(({ id }) => id)
    .join('|')
}

const nouns: Readonly<Record<TargetKind, readonly [string, string]>> = {
  user: ['user', 'users'],
  party: ['department', 'departments'],
  tag: ['tag', 'tags'],
}

/** For people: `3 users and 1 tag`. */
export function describeTargets(targets: readonly Target[]): string {
  if (targets[0]?.kind === everyone.kind && targets[0].id === everyone.id) return 'everyone'
  const parts = (['user', 'party', 'tag'] as const).flatMap((kind) => {
    const count = targets.filter((target) => target.kind === kind).length
    return count === 0 ? [] : [`${count} ${nouns[kind][count === 1 ? 0 : 1]}`]
  })
  return parts.length > 1 ? `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}` : (parts[0] ?? 'nobody')
}
