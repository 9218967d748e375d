import { type JsonSchema } from './json-schema.ts'
import { type Kind } from './kind.ts'

/** Kubernetes' standard condition: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/condition/ */
const condition: JsonSchema = {
  type: 'object',
  required: ['type', 'status', 'lastTransitionTime', 'reason', 'message'],
  description: 'One aspect of the state of the object.',
  properties: {
    type: {
      type: 'string',
      maxLength: 316,
      pattern: String.raw`^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$`,
      description: 'The aspect, in CamelCase; Ready sums them up.',
    },
    status: { type: 'string', enum: ['True', 'False', 'Unknown'], description: 'Whether it holds.' },
    observedGeneration: {
      type: 'integer',
      minimum: 0,
      description: 'The generation of the object that the condition is about.',
    },
    lastTransitionTime: { type: 'string', format: 'date-time', description: 'When the status changed last.' },
    reason: {
      type: 'string',
      minLength: 1,
      maxLength: 1024,
      pattern: '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$',
      description: 'Why, in CamelCase, for programs.',
    },
    message: {
      type: 'string',
      maxLength: 32_768,
      description: 'Why, for people, with the path of what is wrong and what would be right.',
    },
  },
}

const base: Readonly<Record<string, JsonSchema>> = {
  observedGeneration: {
    type: 'integer',
    minimum: 0,
    description: 'The generation of the object that the server has seen last.',
  },
  conditions: {
    type: 'array',
    items: condition,
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['type'],
    description: 'The state of the object; Ready sums it up.',
  },
}

const ofReceivers: Readonly<Record<string, JsonSchema>> = {
  tenant: { type: 'string', description: 'The tenant whose receiver it is; absent for global ones.' },
  config: { type: 'string', description: 'Name of the config in force.' },
  lastDelivery: {
    type: 'object',
    required: ['time', 'outcome'],
    description: 'How the last attempt to tell the receiver ended; written at most once in 30 seconds.',
    properties: {
      time: { type: 'string', format: 'date-time', description: 'When it ended.' },
      outcome: { type: 'string', enum: ['sent', 'retry', 'dead', 'cancelled'], description: 'How it ended.' },
      reason: { type: 'string', maxLength: 1024, description: 'Why, unless it was sent.' },
    },
  },
}

const ofManagers: Readonly<Record<string, JsonSchema>> = {
  replicas: { type: 'integer', minimum: 0, description: 'How many pods there are; written by the operator.' },
  readyReplicas: {
    type: 'integer',
    minimum: 0,
    description: 'How many of the pods are ready; written by the operator.',
  },
}

const further: Readonly<Record<Kind['role'], Readonly<Record<string, JsonSchema>>>> = {
  receiver: ofReceivers,
  manager: ofManagers,
  config: {},
}

/** What the server writes about an object of the kind. */
export function statusSchema(role: Kind['role']): JsonSchema {
  return {
    type: 'object',
    description: 'Written by the server.',
    properties: { ...base, ...further[role] },
  }
}
