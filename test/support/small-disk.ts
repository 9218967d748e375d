import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext } from 'node:test'

/** A folder on a disk of a few megabytes that a test fills up. */
export interface SmallDisk {
  readonly folder: string
  /** Leaves no room at all. */
  fill(): void
  /** Gives the room back that `fill` took. */
  free(): void
}

/**
 * A file system in memory of its own, as root may mount one. Where that is not allowed, the process may write no file beyond its
 * present size while the disk is "full", which is the same to a database that must grow; the test says so in its output.
 */
export async function smallDisk(context: TestContext, megabytes: number): Promise<SmallDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'notification-manager-disk-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder])
  context.after(async () => {
    if (mounted.status === 0) spawnSync('umount', ['-l', folder])
    await rm(folder, { recursive: true, force: true })
  })
  if (mounted.status !== 0) return limitedFiles(context, folder)
  const ballast = join(folder, 'ballast')
  return {
    folder,
    fill() {
      for (let size = 2 ** 20 * megabytes; size >= 1; size = Math.floor(size / 2)) append(ballast, size)
    },
    free: () => rmSync(ballast, { force: true }),
  }
}

function append(file: string, bytes: number): void {
  try {
    writeFileSync(file, Buffer.alloc(bytes), { flag: 'a' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  }
}

function limitedFiles(context: TestContext, folder: string): SmallDisk {
  context.diagnostic(
    'no file system could be mounted: the size of files is limited instead (run as root for the real thing)',
  )
  const limit = (bytes: string): void => {
    const { status, stderr } = spawnSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:`])
    if (status !== 0) throw new Error(`neither mount nor prlimit works here: ${String(stderr)}`)
  }
  context.after(() => limit('unlimited'))
  return { folder, fill: () => limit('4096'), free: () => limit('unlimited') }
}
