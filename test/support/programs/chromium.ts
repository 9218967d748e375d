import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { requireProgram } from './process.ts'

const run = promisify(execFile)

/** Without these a headless Chromium calls its maker's hosts, which a closed network refuses, many at a time. */
const quiet = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** The page's document after its scripts have run, as a real browser has it. */
export async function browse(url: string, profileFolder: string): Promise<string> {
  const chromium = requireProgram('chromium', 'chromium')
  const { stdout } = await run(
    chromium,
    [...quiet, `--user-data-dir=${profileFolder}`, '--virtual-time-budget=2000', '--dump-dom', url],
    {
      timeout: 60_000,
      maxBuffer: 32 * 1024 * 1024,
    },
  )
  return stdout
}
