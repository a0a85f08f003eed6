/**
 * A build beneath running commands: every file that old and new build have is always there, and whole, and so are old
 * chunks.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { replaceFiles } from '../lib/replaceFiles.mjs'

function foldersWith(...contents: readonly Readonly<Record<string, string>>[]): string[] {
  return contents.map((files) => {
    const folder = mkdtempSync(join(tmpdir(), 'spikeward-replace-'))
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), text)
    }
    return folder
  })
}

const textsIn = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((e) => e.isFile())
      .map((e) => join(e.parentPath, e.name))
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]),
  )

test('new files come, changed ones are replaced, old ones go, and those of others stay', () => {
  const [from, to] = foldersWith(
    { 'main.js': 'new', 'chunk-B.js': 'b', 'node/same.js': 'same' },
    { 'main.js': 'old', 'chunk-A.js': 'a', 'node/same.js': 'same', 'main.d.ts': 'types' },
  )
  replaceFiles(from!, to!, (file) => file.endsWith('.js'))
  expect(textsIn(to!)).toEqual({ 'main.js': 'new', 'chunk-B.js': 'b', 'node/same.js': 'same', 'main.d.ts': 'types' })
  expect(() => statSync(from!)).toThrow(/ENOENT/)
})

test('a build without changes touches nothing', () => {
  const files = { 'main.js': 'a', 'chunk-A.js': 'b' }
  const [from, to] = foldersWith(files, files)
  const stateOf = (name: string) => [statSync(join(to!, name)).ino, statSync(join(to!, name)).mtimeMs]
  const before = Object.keys(files).map(stateOf)
  replaceFiles(from!, to!)
  expect(Object.keys(files).map(stateOf)).toEqual(before)
})

test('a folder that does not exist yet is made', () => {
  const [from, to] = foldersWith({ 'a/b.js': '1' }, {})
  rmSync(to!, { recursive: true })
  replaceFiles(from!, to!)
  expect(textsIn(to!)).toEqual({ 'a/b.js': '1' })
})

const isChunk = (file: string) => /-[A-Z0-9]{8}\.js$/.test(file)

test('a program that runs imports a chunk that the build has replaced', async () => {
  const old = {
    'main.js': `process.stdin.once('data', async () => console.log((await import('./late-AAAAAAAA.js')).text))
      console.log('runs')`,
    'late-AAAAAAAA.js': `export { text } from './chunk-BBBBBBBB.js'`,
    'chunk-BBBBBBBB.js': `export const text = 'old'`,
  }
  const [from, to] = foldersWith(
    { 'main.js': 'new', 'late-CCCCCCCC.js': 'new' },
    { 'package.json': '{"type":"module"}' },
  )
  const dist = join(to!, 'dist')
  mkdirSync(dist)
  for (const [name, text] of Object.entries(old)) writeFileSync(join(dist, name), text)
  const program = spawn(process.execPath, [join(dist, 'main.js')], { stdio: ['pipe', 'pipe', 'inherit'] })
  expect(String(await once(program.stdout, 'data'))).toBe('runs\n')
  replaceFiles(from!, dist, undefined, isChunk)
  program.stdin.end('go')
  let printed = ''
  for await (const part of program.stdout) printed += String(part)
  expect(printed).toBe('old\n')
})

test('chunks stay for a day, whatever is built meanwhile, and no tarball holds them', () => {
  const [project] = foldersWith({ 'package.json': '{"name":"packed","version":"1.0.0","files":["dist"]}' })
  const dist = join(project!, 'dist')
  /** The chunks in `dist` after a build of these files. */
  let hours = 0
  const build = (...files: readonly string[]): readonly string[] => {
    const [from] = foldersWith(Object.fromEntries(files.map((file) => [file, file])))
    replaceFiles(from!, dist, undefined, isChunk, Date.now() + hours * 3_600_000)
    return readdirSync(dist).filter(isChunk).sort()
  }
  const [a, b, c, d] = ['part-AAAAAAAA.js', 'part-BBBBBBBB.js', 'part-CCCCCCCC.js', 'part-DDDDDDDD.js'] as const
  expect(build(a, 'main.js')).toEqual([a])
  expect(build(b)).toEqual([a, b])
  // The same build again, then the first.
  expect(build(b)).toEqual([a, b])
  expect(build(a)).toEqual([a, b])
  const printed = execFileSync('pnpm', ['pack', '--json'], { cwd: project, encoding: 'utf8', stdio: 'pipe' })
  const { files } = JSON.parse(printed) as { files: readonly { path: string }[] }
  expect(files.map(({ path }) => path).sort()).toEqual([`dist/${a}`, 'package.json'])
  expect(build(c)).toEqual([a, b, c])
  hours = 20
  expect(build(d)).toEqual([a, b, c, d])
  hours = 25
  expect(build(a)).toEqual([a, c, d])
})
