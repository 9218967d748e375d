import { type Refusal } from '../model/delivery.ts'
import { type SecretText } from '../model/secret.ts'

/** Shorter values would blot out ordinary words, and are no protection anyway. */
const minLength = 4

/** Takes credentials out of text that came from outside: a far side may repeat in its error what it was sent. */
export type Scrub = (text: string) => string

/** Scrubs the values in `secrets`, which may grow: as they are, as Base64, and URL-encoded. */
export function createScrub(secrets: readonly SecretText[]): Scrub {
  return (text) =>
    secrets
      .map((secret) => secret.reveal())
      .filter((value) => value.length >= minLength)
      .flatMap((value) => [value, Buffer.from(value).toString('base64'), encodeURIComponent(value)])
      .reduce((left, value) => left.replaceAll(value, '<redacted>'), text)
}

export function scrubRefusals(refusals: readonly Refusal[] | undefined, scrub: Scrub): readonly Refusal[] {
  return (refusals ?? []).map((refusal) => ({ ...refusal, detail: scrub(refusal.detail) }))
}
