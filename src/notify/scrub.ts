import { type Refusal } from '../model/delivery.ts'
import { redact } from '../model/redact.ts'
import { type SecretText } from '../model/secret.ts'

/** Takes credentials out of text that came from outside: a far side may repeat in its error what it was sent. */
export type Scrub = (text: string) => string

/** Scrubs the values in `secrets`, which may grow. */
export function createScrub(secrets: readonly SecretText[]): Scrub {
  return (text) =>
    redact(
      text,
      secrets.map((secret) => secret.reveal()),
    )
}

/** A far side may name whom it refused, too. */
export function scrubRefusals(refusals: readonly Refusal[] | undefined, scrub: Scrub): readonly Refusal[] {
  return (refusals ?? []).map((refusal) => ({
    ...refusal,
    target: scrub(refusal.target),
    detail: scrub(refusal.detail),
  }))
}
