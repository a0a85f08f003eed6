import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { sourceOf, thisMachine } from '../../src/node.js'
import { widestInstructions } from '../../src/node/thisMachine.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-source-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const git = (...args: readonly string[]): string =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: folder, encoding: 'utf8' }).trim()
const write = (path: string, text: string): void => writeFileSync(join(folder, path), text)

test('the machine has a processor, cores, memory and a system', () => {
  const { processor, cores, memoryGiB, os } = thisMachine()
  expect(processor).not.toBe('')
  expect(cores).toBeGreaterThan(0)
  expect(memoryGiB).toBeGreaterThan(0)
  expect(os).not.toBe('')
})

test('the widest vector instructions are those that the first core lists', () => {
  const wide = 'processor : 0\nflags\t\t: fpu fma avx avx2 avx512f avx512dq avx512bw avx512vl\n'
  expect(widestInstructions(wide)).toBe('avx512')
  expect(widestInstructions(wide.replace('avx512vl', ''))).toBe('avx2')
  expect(widestInstructions('flags : fpu avx\n')).toBeNull()
  expect(widestInstructions('Features\t: fp asimd aes\n')).toBe('neon')
  expect(widestInstructions('')).toBeNull()
})

test.runIf(process.platform === 'linux')('a record names the instruction set of the processor', () => {
  expect(thisMachine().instructionSet ?? null).toBe(widestInstructions(readFileSync('/proc/cpuinfo', 'utf8')))
})

test('the source is the commit of a checkout, and whether files differ from it', () => {
  expect(sourceOf(folder)).toEqual({ commit: null, dirty: false })
  git('init', '-q')
  mkdirSync(join(folder, 'results'))
  for (const path of ['package.json', 'results/a.json']) write(path, '{}')
  git('add', '-A')
  git('commit', '-qm', 'first')
  const commit = git('rev-parse', 'HEAD')
  expect(sourceOf(folder)).toEqual({ commit, dirty: false })
  write('results/a.json', '[]')
  expect(sourceOf(folder)).toEqual({ commit, dirty: true })
  expect(sourceOf(folder, ['results'])).toEqual({ commit, dirty: false })
  write('package.json', '[]')
  expect(sourceOf(folder, ['results'])).toEqual({ commit, dirty: true })
})

test('what was installed into a repository has no commit of its own', () => {
  const installed = join(folder, 'node_modules', 'a')
  mkdirSync(installed, { recursive: true })
  writeFileSync(join(installed, 'package.json'), '{}')
  expect(sourceOf(installed)).toEqual({ commit: null, dirty: false })
})
