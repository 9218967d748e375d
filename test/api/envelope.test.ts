import { describe } from 'node:test'
import { accepts, object, refuses } from './objects.ts'

describe('what surrounds a spec', () => {
  accepts({
    'a namespace on a cluster-scoped kind': object('SlackReceiver', { channel: 'a' }, { namespace: 'team-a' }),
    'metadata as the API server returns it': object(
      'SlackReceiver',
      { channel: 'a' },
      {
        uid: 'u',
        generation: 3,
        creationTimestamp: '2026-01-01T00:00:00Z',
        managedFields: [{}],
        annotations: null,
        labels: null,
      },
    ),
    'a name of 253 characters': object('SlackReceiver', { channel: 'a' }, { name: 'a'.repeat(253) }),
    'labels and annotations as Kubernetes has them': object(
      'SlackReceiver',
      { channel: 'a' },
      {
        labels: { 'example.com/team_1': 'A.b-c', priority: '' },
        annotations: { 'Example.com/note': 'anything at all 🔥' },
      },
    ),
    'a WebhookConfig whose spec is null': { ...object('WebhookConfig'), spec: null },
    'a status': { ...object('WebhookConfig'), status: { anything: 1 } },
  })

  refuses([
    [object('WebhookConfig', [], {}), 'error: WebhookConfig/x: spec: is a list; write an object (InvalidObject)'],
    [
      { ...object('WebhookConfig'), metadata: undefined },
      "error: WebhookConfig/(unnamed): metadata: is required; add the field metadata: Kubernetes' object metadata (InvalidObject)",
    ],
    [
      object('WebhookConfig', {}, { name: 'A b' }),
      'error: WebhookConfig/A b: metadata.name: "A b" does not have the right form; write text such as "team-a-email" (InvalidObject)',
    ],
    [
      object('WebhookConfig', {}, { labels: { 'a.b/priority': 1 } }),
      'error: WebhookConfig/x: metadata.labels["a.b/priority"]: is an integer; write text: put quotes around it (InvalidObject)',
    ],
    [
      object('WebhookConfig', {}, { labels: { team: 'the payments' } }),
      'error: WebhookConfig/x: metadata.labels.team: "the payments" does not have the right form; write text such as "payments" (InvalidObject)',
    ],
    [
      object('WebhookConfig', {}, { labels: { 'the team': 'payments' } }),
      'error: WebhookConfig/x: metadata.labels["the team"]: the name "the team" does not have the right form; write text such as "team" or "example.com/team" (InvalidObject)',
    ],
    [
      object('WebhookConfig', {}, { annotations: { 'a/b/c': 'x' } }),
      'error: WebhookConfig/x: metadata.annotations["a/b/c"]: the name "a/b/c" does not have the right form; write text such as "team" or "example.com/team" (InvalidObject)',
    ],
    [
      { apiVersion: 'v1', kind: 'Pod' },
      'error: Pod/(unnamed): apiVersion: "v1" is not our group; write notification.kubesphere.io/v2alpha1, which is the one that is served (UnknownKind)',
    ],
    [
      { ...object('Receiver'), apiVersion: 'notification.kubesphere.io/v2beta2' },
      'error: Receiver/x: apiVersion: "notification.kubesphere.io/v2beta2" is not a version that is served; write notification.kubesphere.io/v2alpha1, which is the one that is served (UnknownKind)',
    ],
    [
      object('EmailReciever'),
      'error: EmailReciever/x: kind: "EmailReciever" is not a kind of notification.kubesphere.io; did you mean `EmailReceiver`? (UnknownKind)',
    ],
    [
      { kind: 'EmailReceiver' },
      'error: EmailReceiver/(unnamed): apiVersion: is required; write notification.kubesphere.io/v2alpha1 (InvalidObject)',
    ],
    [null, 'error: is null; write an object with `apiVersion`, `kind` and `metadata` (InvalidObject)'],
    [[], 'error: is a list; write an object with `apiVersion`, `kind` and `metadata` (InvalidObject)'],
  ])
})
