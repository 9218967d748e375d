import { type ServerDeps } from './deps.ts'
import { type Lifecycle } from './lifecycle.ts'
import { type Limits } from './limits.ts'
import { type RefusedPosts } from './refused-posts.ts'

/** What every route gets. */
export interface RouteContext extends ServerDeps {
  readonly limits: Limits
  readonly lifecycle: Lifecycle
  readonly refused: RefusedPosts
}
