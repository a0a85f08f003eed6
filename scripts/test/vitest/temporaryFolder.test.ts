/** The folder of a run of tests: no other run, and no other checkout, reads or writes below it. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { setup } from '../../lib/vitest/temporaryFolder.js'

afterEach(() => {
  vi.unstubAllEnvs()
})

test('this run has its own folder for caches, among its temporary files, and shares only the shaders that Mesa compiled', () => {
  expect(tmpdir()).toBe(process.env['SPIKEWARD_TEST_FOLDER'])
  expect(process.env['XDG_CACHE_HOME']).toBe(join(tmpdir(), 'cache'))
  const shaders = process.env['MESA_SHADER_CACHE_DIR']!
  expect(relative(tmpdir(), shaders)).toMatch(/^\.\.\//)
})

test('another run has another folder, which it removes with all that it set', () => {
  const outer = mkdtempSync(join(tmpdir(), 'outer-'))
  vi.stubEnv('SPIKEWARD_TEST_FOLDER', undefined)
  vi.stubEnv('XDG_CACHE_HOME', undefined)
  vi.stubEnv('TMPDIR', outer)
  const teardown = setup()
  const inner = tmpdir()
  expect(dirname(inner)).toBe(outer)
  expect(process.env['XDG_CACHE_HOME']).toBe(join(inner, 'cache'))
  setup()()
  expect([tmpdir(), existsSync(inner)]).toEqual([inner, true])
  teardown()
  expect([tmpdir(), process.env['XDG_CACHE_HOME'], existsSync(inner)]).toEqual([outer, undefined, false])
  rmSync(outer, { recursive: true })
})
