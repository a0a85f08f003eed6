/** A build beneath running commands: every file that old and new build have is always there, and whole. */
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
