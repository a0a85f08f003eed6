/** The build of the binding to Open MPI, in a copy of the package. */
import { spawnSync } from 'node:child_process'
import { appendFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { inPackage, whyNoMpi } from './ranks.js'

const reason = whyNoMpi()

let folder = ''

beforeEach((context) => {
  if (reason !== null) context.skip(reason)
  folder = mkdtempSync(join(tmpdir(), 'spikeward-mpi-'))
  for (const part of ['scripts', 'native', 'package.json', 'build/mpi.node', 'build/mpi.node.sources'])
    cpSync(inPackage(part), join(folder, part), { recursive: true })
  symlinkSync(inPackage('node_modules'), join(folder, 'node_modules'))
})
afterEach(() => {
  if (folder !== '') rmSync(folder, { recursive: true })
})

const built = (file: string): string => join(folder, 'build', file)

/** Builds without a compiler; returns the output. */
const buildWithout = (): string =>
  spawnSync(process.execPath, [join(folder, 'scripts/build-mpi.mjs')], {
    encoding: 'utf8',
    env: { ...process.env, CXX: 'no-such-compiler' },
  }).stdout

test('a failed build keeps a binding of the same source', () => {
  expect(buildWithout()).toMatch(/no no-such-compiler here.*; the binding of these sources stays\n$/)
  expect(readFileSync(built('mpi.node')).equals(readFileSync(inPackage('build/mpi.node')))).toBe(true)
  expect(existsSync(built('outcome.txt'))).toBe(false)
})

test('a failed build removes a binding of another source, and writes why', () => {
  appendFileSync(join(folder, 'native/mpi.cpp'), '// changed\n')
  expect(buildWithout()).toMatch(/no no-such-compiler here; [^;]*\n$/)
  expect(existsSync(built('mpi.node'))).toBe(false)
  expect(readFileSync(built('outcome.txt'), 'utf8')).toMatch(
    /^the binding to Open MPI could not be compiled: there is no no-such-compiler here/,
  )
})
