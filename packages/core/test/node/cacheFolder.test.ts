import { homedir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it, vi } from 'vitest'
import { cacheFolder } from '../../src/node.js'

afterEach(() => void vi.unstubAllEnvs())

it('is that of the variable, or in the home folder where the variable is absent, empty or relative', () => {
  expect(cacheFolder({ XDG_CACHE_HOME: '/somewhere' })).toBe('/somewhere/spikeward')
  const own = join(homedir(), '.cache', 'spikeward')
  for (const given of [undefined, '', '.', 'cache', '../cache'])
    expect(cacheFolder({ XDG_CACHE_HOME: given })).toBe(own)
})

it('is named as absent where the user has no home folder', () => {
  for (const home of ['', 'home', '.']) {
    vi.stubEnv('HOME', home)
    expect(() => cacheFolder({})).toThrow(/set XDG_CACHE_HOME .*\[CACHE_FOLDER\]/)
    expect(cacheFolder({ XDG_CACHE_HOME: '/somewhere' })).toBe('/somewhere/spikeward')
  }
})
