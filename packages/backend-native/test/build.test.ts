/** The build of the addon, in a copy of the package, by a program in the place of the compiler. */
import { execFile } from 'node:child_process'
import { appendFileSync, chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * Writes "whole" to the file after -o, in two parts. Between them, a link expects that the addon of the build before is
 * in its place, and waits until as many links as LINKS says have come as far.
 */
const compiler = `#!${process.execPath}
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
const args = process.argv.slice(2)
if (args[0] === '--version') console.log('1')
else {
  if (process.env.BROKEN) process.exit(1)
  const out = args[args.indexOf('-o') + 1]
  writeFileSync(out, 'who')
  if (args.includes('-shared')) {
    const { ADDON, SEEN, LINKS } = process.env
    appendFileSync(SEEN, (existsSync(ADDON) ? readFileSync(ADDON, 'utf8') : 'absent') + '\\n')
    while (readFileSync(SEEN, 'utf8').split('\\n').length <= Number(LINKS)) ;
  }
  appendFileSync(out, 'le')
}
`

let folder = ''
let addon = ''
const seen = (): readonly string[] => readFileSync(join(folder, 'seen'), 'utf8').trim().split('\n')

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spikeward-native-'))
  addon = join(folder, 'build/spikeward.node')
  for (const part of ['scripts', 'native', 'package.json'])
    cpSync(join(root, part), join(folder, part), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  // The build depends on the names and the texts of the sources, and these are fewer.
  for (const part of readdirSync(join(folder, 'native')))
    if (part !== 'isa') rmSync(join(folder, 'native', part), { recursive: true })
  writeFileSync(join(folder, 'compiler'), compiler)
  chmodSync(join(folder, 'compiler'), 0o755)
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** Builds; returns the exit code and the output. */
const build = (env: Readonly<Record<string, string>>, ...options: readonly string[]) =>
  new Promise<{ readonly code: number; readonly out: string }>((resolve) => {
    const own = { CXX: join(folder, 'compiler'), ADDON: addon, SEEN: join(folder, 'seen'), LINKS: '1', ...env }
    const args = [join(folder, 'scripts/build-native.mjs'), ...options]
    execFile(process.execPath, args, { env: { ...process.env, ...own } }, (error, out) =>
      resolve({ code: error === null ? 0 : Number(error.code), out }),
    )
  })

test('two builds at once leave the addon of the build before in place until theirs is whole', async () => {
  await build({})
  expect(seen()).toEqual(['absent'])
  expect(readFileSync(addon, 'utf8')).toBe('whole')
  appendFileSync(join(folder, 'native/isa/avx2.cpp'), '// changed\n')
  const both = await Promise.all([build({ LINKS: '3' }), build({ LINKS: '3' })])
  expect(both.map(({ code }) => code)).toEqual([0, 0])
  expect(seen()).toEqual(['absent', 'whole', 'whole'])
  expect(readFileSync(addon, 'utf8')).toBe('whole')
  expect((await build({ BROKEN: '1' })).out).toContain(': 0 translation units compiled')
  expect(readdirSync(join(folder, 'build')).sort()).toEqual([
    ...['obj', 'outcome.txt', 'spikeward.node', 'spikeward.node.sources', 'spikeward.node.stamp'],
  ])
})

test('without a compiler the build prints the reason and exits with 0', async () => {
  const absent = { CXX: 'no-such-compiler' }
  const soft = await build(absent)
  expect(soft.code).toBe(0)
  expect(soft.out).toContain('no-such-compiler')
  expect(readFileSync(join(folder, 'build/outcome.txt'), 'utf8')).toContain('no-such-compiler')
  expect((await build(absent, '--strict')).code).toBe(1)
})

test('a build that fails removes an addon of other sources, and no addon of these', async () => {
  await build({})
  expect((await build({ CXX: 'no-such-compiler' })).out).toContain('; the addon of these sources stays\n')
  expect(readFileSync(addon, 'utf8')).toBe('whole')
  appendFileSync(join(folder, 'native/isa/avx2.cpp'), '// changed\n')
  expect((await build({ BROKEN: '1' })).out).toContain('compiler ended with 1\n')
  expect(existsSync(addon)).toBe(false)
})
