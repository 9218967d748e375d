import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext } from 'node:test'

/** A folder of the test's own, removed when the test has ended. */
export async function temporaryFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'notification-manager-test-'))
  // Real programs switch to accounts of their own, which must be able to walk through it.
  await chmod(folder, 0o755)
  context.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}
