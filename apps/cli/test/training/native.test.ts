import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { run, tiny } from '../fakeIo.js'

/** A machine on which the addon was neither compiled nor published. */
vi.stubEnv('SPIKEWARD_NATIVE', '/nowhere/spikeward.node')

describe('without the native backend', () => {
  test('doctor reports why, and the machine passes', async () => {
    const { code, out } = await run('doctor')
    expect(out).toMatch(/^native: not available: the native backend cannot be used .*; install g\+\+/m)
    expect(out).toMatch(/^cpu: works/m)
    const memory = [...out.matchAll(/up to (.*) GiB$/gm)].map(([, gib]) => Number(gib))
    expect(memory.length).toBeGreaterThan(1)
    for (const gib of memory) expect(gib).toBeLessThan(totalmem() / 2 ** 30 + 0.1)
    expect(code).toBe(0)
  })

  test('train refuses with the remedy, exit code 1, and writes nothing', async () => {
    const place = join(mkdtempSync(join(tmpdir(), 'spikeward-cli-')), 'run')
    const args = tiny.map((a) => (a === 'reference' ? 'native' : a))
    const { code, err } = await run('train', 'parabola', ...args, '--out', place)
    expect([code, err]).toEqual([1, expect.stringContaining('use @spikeward/backend-cpu')])
    expect(existsSync(place)).toBe(false)
  })
})
