/** What the load is told on its command line, as JSON. */
export interface LoadOrder {
  readonly url: string
  readonly alertsPerPost: number
  readonly tenants: number
  readonly connections: number
  readonly warmUpMs: number
  readonly measureMs: number
}

/** What it saw, printed as JSON. */
export interface LoadResult {
  readonly posts: number
  /** Answers other than 200, by status. */
  readonly refused: Readonly<Record<string, number>>
  readonly seconds: number
  readonly p50Ms: number
  readonly p99Ms: number
}
