import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { exitCode } from './exit-code.ts'
import { paint, plural } from './print.ts'
import { type Toolbox, type VerbFlags } from './toolbox.ts'

/** Folders whose every file is generated. */
const generatedFolders = ['schemas', 'crds']

/** Writes schemas/ and crds/; with `--check` writes nothing and exits with 1 when a file is not what it would be. */
export async function generate(toolbox: Toolbox, flags: VerbFlags): Promise<number> {
  const { terminal, root } = toolbox
  const files = toolbox.generated()
  const stale: string[] = []
  for (const [path, text] of files) if ((await textOf(join(root, path))) !== text) stale.push(path)
  const extra = await extraFiles(root, files)
  if (flags['check'] === true) {
    for (const path of stale)
      terminal.out(`${paint(terminal, 'red', '✗')} ${path} is not fresh; run: npm run generate\n`)
    for (const path of extra)
      terminal.out(`${paint(terminal, 'red', '✗')} ${path} is not generated any more; run: npm run generate\n`)
    if (stale.length + extra.length === 0) terminal.out(`${plural(files.size, 'generated file')} fresh\n`)
    return stale.length + extra.length === 0 ? exitCode.ok : exitCode.problems
  }
  for (const path of stale) await write(join(root, path), files.get(path) ?? '')
  for (const path of extra) await rm(join(root, path))
  terminal.out(
    `${plural(stale.length, 'file')} written, ${extra.length} removed, ${files.size - stale.length} were fresh\n`,
  )
  return exitCode.ok
}

async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined)
}

async function extraFiles(root: string, files: ReadonlyMap<string, string>): Promise<string[]> {
  const found: string[] = []
  for (const folder of generatedFolders) {
    const names = await readdir(join(root, folder)).catch(() => [])
    found.push(...names.map((name) => `${folder}/${name}`).filter((path) => !files.has(path)))
  }
  return found
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}
