import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { inProcess } from '@spikeward/distributed'
import { expect, test } from 'vitest'
import { silentIo } from '../../src/io/io.js'
import { openTrials } from '../../src/node/comparison/compareTrials.js'

test('the time of trials counts each of them once, without its wait for the others', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'spikeward-trials-'))
  const begun = performance.now()
  const names = ['a', 'b', 'c', 'a']
  const open = async () => {
    const trials = await openTrials(folder, silentIo, true, 3, inProcess(), 'these sources')
    const keep = (name: string, input: unknown) =>
      trials.keep(name, { name, input }, input === null ? null : { task: 'pace', input }, () => sleep(40, name))
    for (const input of [1, null]) {
      expect(await Promise.all(names.map((name) => keep(name, input)))).toEqual(names)
      expect(await keep('a', input)).toBe('a')
    }
    trials.close()
    return trials.seconds()
  }
  const first = await open()
  const wall = (performance.now() - begun) / 1000
  expect(first.earlier).toBe(0)
  expect(first.all).toBeGreaterThan(6 * 0.03)
  expect(first.all).toBeLessThanOrEqual(wall)
  expect(await open()).toEqual({
    all: expect.closeTo(first.all!, 9) as number,
    earlier: expect.closeTo(first.all!, 9) as number,
  })
  await rm(folder, { recursive: true })
})
