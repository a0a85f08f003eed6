/** The build of the binding to Open MPI. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { inPackage } from './ranks.js'

const build = (environment: NodeJS.ProcessEnv = {}) =>
  spawnSync(process.execPath, [inPackage('scripts/build-mpi.mjs')], {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  }).stdout

test('a binding of the same sources stays where no compiler is', () => {
  build()
  const before = readFileSync(inPackage('build/mpi.node'))
  expect(build({ CXX: 'no-such-compiler' })).toMatch(/no no-such-compiler here.*; the binding of these sources stays/)
  expect(readFileSync(inPackage('build/mpi.node'))).toEqual(before)
  expect(readFileSync(inPackage('build/outcome.txt'), 'utf8')).toBe('built\n')
})
