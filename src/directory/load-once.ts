import { type HeldSecrets } from '../resources/secret-store.ts'
import { type Snapshot } from '../rules/snapshot.ts'
import { createDirectoryReader, type DirectoryOptions } from './reader.ts'

/** Reads a directory one time, as it is now; nothing is watched. */
export async function loadOnce(
  options: DirectoryOptions,
  signal: AbortSignal,
): Promise<{ readonly snapshot: Snapshot; readonly secrets: HeldSecrets }> {
  const reader = createDirectoryReader(options)
  const { snapshot } = await reader.read({ force: true, signal })
  return { snapshot, secrets: reader.secrets }
}
