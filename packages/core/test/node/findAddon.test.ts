import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { findAddon } from '../../src/node.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-addon-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A file of the folder; Node loads modules in JavaScript as it loads addons. */
function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

const find = (paths: readonly string[], outcomes: readonly string[] = []) =>
  findAddon<{ readonly version: number; readonly answer: number }>({
    paths,
    version: 2,
    outcomes,
    never: 'never built',
  })

test('takes the first addon of the expected version', () => {
  const old = file('old.cjs', 'exports.version = 1')
  const own = file('own.cjs', 'exports.version = 2; exports.answer = 42')
  const later = file('later.cjs', 'exports.version = 2; exports.answer = 43')
  expect(find([join(folder, 'absent.cjs'), old, own, later])).toMatchObject({ addon: { answer: 42 }, path: own })
})

test('a relative path starts in the current folder', () => {
  const own = file('relative.cjs', 'exports.version = 2; exports.answer = 44')
  expect(find([relative(process.cwd(), own)])).toMatchObject({ addon: { answer: 44 }, path: own })
})

test('gives a reason for each file that is no such addon', () => {
  const broken = file('broken.cjs', "throw new Error('cannot be loaded')")
  const old = file('older.cjs', 'exports.version = 1')
  expect(find([broken, old])).toEqual({
    reasons: [`${broken}: cannot be loaded`, `${old} is of another version`],
  })
})

test('without a file gives the reason that the build left, if it left one', () => {
  expect(find([])).toEqual({ reasons: ['never built'] })
  expect(find([], [file('failed.txt', 'no compiler\n')])).toEqual({ reasons: ['no compiler'] })
  expect(find([], [file('built.txt', 'built\n')])).toEqual({ reasons: ['the compiled addon was deleted'] })
})
