import { type FastifyRequest } from 'fastify'
import { type Clock } from '../model/ports.ts'

/** A post that was no payload: what a person needs to find its sender and its mistake. */
export interface RefusedPost {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly from: string
  readonly userAgent: string
  readonly message: string
  readonly bytes: number
  /** The body's beginning, as text. */
  readonly body: string
}

/** The last posts that were refused for their shape. In memory: Alertmanager sends the same again until it is mended. */
export interface RefusedPosts {
  /** Keeps the beginning of a body until its request ends. */
  hold(request: FastifyRequest, body: Buffer): void
  refuse(request: FastifyRequest, message: string): void
  /** Newest first. */
  list(): readonly RefusedPost[]
}

/** Enough to see whether one sender or several are mistaken. */
const maxPosts = 20
/** Holds the head of any payload and several alerts. */
const maxBodyBytes = 16 * 1024

/** A list of at most 20 posts with at most 16 KiB of body each. */
export function createRefusedPosts(clock: Pick<Clock, 'now'>): RefusedPosts {
  const held = new WeakMap<FastifyRequest, Buffer>()
  const posts: RefusedPost[] = []
  return {
    hold: (request, body) => held.set(request, body),
    refuse(request, message) {
      const body = held.get(request) ?? Buffer.alloc(0)
      posts.unshift({
        at: clock.now(),
        from: request.ip,
        userAgent: (request.headers['user-agent'] ?? '').slice(0, 200),
        message,
        bytes: body.length,
        body: body.subarray(0, maxBodyBytes).toString('utf8'),
      })
      posts.length = Math.min(posts.length, maxPosts)
    },
    list: () => posts,
  }
}
