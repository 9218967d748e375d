/** One metric: its help text and its label names. Prometheus' naming conventions: https://prometheus.io/docs/practices/naming/ */
export interface MetricSpec {
  readonly help: string
  readonly labels?: readonly string[]
  /** Upper bounds of a histogram's buckets. */
  readonly buckets?: readonly number[]
}

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** Things that only grow. Every name gets the prefix `notification_manager_`. */
export const counters = {
  alerts_received_total: { help: 'Alerts in accepted posts.', labels: ['status'] },
  alerts_duplicate_total: { help: 'Alerts absorbed because the same state was accepted a moment ago.' },
  alerts_unrouted_total: { help: 'Alerts that no receiver wanted.' },
  alerts_dropped_total: { help: 'Alerts dropped by a platform rule.', labels: ['rule'] },
  posts_refused_total: { help: 'Posts answered with an error.', labels: ['code'] },
  notifications_accepted_total: { help: 'Notifications stored in the outbox.', labels: ['channel'] },
  deliveries_total: { help: 'Attempts, by how they ended.', labels: ['channel', 'outcome', 'reason'] },
  deliveries_deferred_total: {
    help: 'Deliveries put off without an attempt: by the limits of a destination, or by its outage.',
    labels: ['channel', 'cause'],
  },
  notifications_settled_total: {
    help: 'Notifications that left the outbox: sent, dead (dead letter) or cancelled.',
    labels: ['channel', 'outcome', 'reason'],
  },
  dead_letters_evicted_total: { help: 'Dead letters deleted before their time because there were too many.' },
  template_fallbacks_total: {
    help: 'Messages rendered with the default because their template failed.',
    labels: ['channel'],
  },
  ruleset_swaps_total: { help: 'Rulesets put in force.' },
  source_reloads_total: {
    help: 'Reads of the source of resources, by whether all of it could be read.',
    labels: ['outcome'],
  },
  operator_writes_total: {
    help: 'Objects of NotificationManagers that the operator created, updated, repaired, removed or failed to write.',
    labels: ['kind', 'change'],
  },
  watch_restarts_total: {
    help: 'Watches of the API server that ended or failed and were begun anew, by kind and why.',
    labels: ['kind', 'reason'],
  },
  kubernetes_events_total: {
    help: 'Kubernetes Events: written, or left out because of a limit, a refusal or an absent API server.',
    labels: ['outcome'],
  },
  status_writes_total: {
    help: 'Writes of an object status: written, gone (the object), outdated (it has changed), refused, or away (the API server).',
    labels: ['outcome'],
  },
} as const satisfies Record<string, MetricSpec>

/** Things that go up and down. */
export const gauges = {
  outbox_pending: { help: 'Notifications waiting in the outbox.' },
  outbox_dead_letters: { help: 'Notifications kept as dead letters.' },
  outbox_oldest_pending_age_seconds: { help: 'Age of the oldest waiting notification.' },
  outbox_bytes: { help: 'Size of the outbox on disk.' },
  ruleset_info: { help: 'Always 1; the label is the version in force.', labels: ['version'] },
  ruleset_receivers: { help: 'Receivers in force, by class.', labels: ['class'] },
  ruleset_problems: { help: 'Problems of the resources in force.', labels: ['severity'] },
  ruleset_last_swap_timestamp_seconds: { help: 'When the ruleset in force was swapped in.' },
  source_synced_timestamp_seconds: {
    help: 'When every watch of the API server had been heard: the age of what is known is the time since then.',
  },
  ready: { help: '1 when posts are taken.' },
  destinations_open: {
    help: 'Destinations whose circuit is open: down, or asking for a pause. Nothing is sent to them.',
  },
  source_heard_timestamp_seconds: {
    help: 'When the API server was last heard about the objects of a kind.',
    labels: ['kind'],
  },
  leader: { help: '1 while this process holds the lease.', labels: ['lease'] },
  status_writes_pending: { help: 'Objects whose status waits to be written by this replica.' },
} as const satisfies Record<string, MetricSpec>

/** Distributions. */
export const histograms = {
  http_request_duration_seconds: { help: 'Time to answer.', labels: ['route', 'code'], buckets: seconds },
  accept_duration_seconds: { help: 'Time from a parsed post to the outbox commit.', buckets: seconds },
  outbox_commit_duration_seconds: { help: 'Time of one outbox transaction with its fsync.', buckets: seconds },
  delivery_duration_seconds: { help: 'Time of one attempt.', labels: ['channel'], buckets: seconds },
  destination_wait_seconds: {
    help: 'Time from first asking for a turn at a destination to getting it, of those who had to wait.',
    labels: ['channel'],
    buckets: [0.1, 0.5, 1, 5, 15, 60, 300, 1_800, 7_200],
  },
  compile_duration_seconds: { help: 'Time to compile a snapshot.', buckets: seconds },
} as const satisfies Record<string, MetricSpec>

export type CounterName = keyof typeof counters
export type GaugeName = keyof typeof gauges
export type HistogramName = keyof typeof histograms
