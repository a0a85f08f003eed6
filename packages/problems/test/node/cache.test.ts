import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { generatedProblem, kuramotoSivashinsky, meanRelativeL2, poisson1d, relativeL2 } from '../../src/index.js'
import { type CacheOptions, cachedData, defaultCacheFolder, openDataFile } from '../../src/node.js'
import { codeOf } from '../support/support.js'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spikeward-cache-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** A problem that counts how often it is solved. */
function counted(key = 0, options: CacheOptions = { folder }) {
  const solve = vi.fn((f: (x: Float64Array) => Float64Array) => f(Float64Array.of(0.5, 1)))
  const problem = generatedProblem({
    ...poisson1d({ train: 3, validation: 1, test: 1 }),
    at: { kind: 'grid', axes: [Float64Array.of(0.5, 1)] },
    key,
    signature: 'a test',
    sample: async (_, n) => Array.from({ length: n }, (_, i) => (x: Float64Array) => x.map((v) => v * (i + 1 + key))),
    solve,
    physics: null,
  })
  return { solve, problem: cachedData(problem, options) }
}

describe('cachedData', () => {
  it('solves once and reads afterwards, bit for bit the same', async () => {
    const one = counted()
    const data = await one.problem.data('train')
    expect(one.solve).toHaveBeenCalledTimes(3)
    expect([...data.values]).toEqual([0.5, 1, 1, 2, 1.5, 3])
    const two = counted()
    const seen: number[] = []
    expect(await two.problem.data('train', { onProgress: (p) => seen.push(p.done) })).toEqual(data)
    expect(two.solve).not.toHaveBeenCalled()
    expect(seen).toEqual([3])
    expect(await readdir(folder)).toHaveLength(1)
  })

  it('keeps other keys and other sets in other files, which NumPy can read', async () => {
    await counted().problem.data('train')
    await counted().problem.data('test')
    const other = counted(1)
    await other.problem.data('train')
    expect(other.solve).toHaveBeenCalledTimes(3)
    const files = await readdir(folder)
    expect(files).toHaveLength(3)
    const file = await openDataFile(join(folder, files.find((f) => f.includes('train'))!))
    expect(file.names.get('sensors')).toEqual([3, 51])
  })

  it('stores trajectories once, and again for other times', async () => {
    const few = { points: 16, train: 2, validation: 1, test: 1, frames: 3 }
    const opened = (interval: number) => {
      const inner = kuramotoSivashinsky({ ...few, interval })
      const trajectories = vi.fn(inner.trajectories)
      return { trajectories, problem: cachedData({ ...inner, trajectories }, { folder }) }
    }
    const first = await opened(1).problem.trajectories('train')
    expect(first).toEqual(await kuramotoSivashinsky({ ...few, interval: 1 }).trajectories('train'))
    const again = opened(1)
    expect(await again.problem.trajectories('train')).toEqual(first)
    expect(again.trajectories).not.toHaveBeenCalled()
    const other = opened(2)
    expect((await other.problem.trajectories('train')).values).not.toEqual(first.values)
    expect((await other.problem.data('train')).count).toBe(2)
    expect(await readdir(folder)).toHaveLength(3)
  })

  it('generates a damaged or truncated file again, and leaves no unfinished file', async () => {
    const data = await counted().problem.data('train')
    const path = join(folder, (await readdir(folder))[0]!)
    const whole = await readFile(path)
    const flipped = Buffer.from(whole)
    flipped[400]! ^= 1
    for (const broken of [flipped, whole.subarray(0, 500), Buffer.from('nonsense')]) {
      await writeFile(path, broken)
      const again = counted()
      expect(await again.problem.data('train')).toEqual(data)
      expect(again.solve).toHaveBeenCalledTimes(3)
      expect(await readFile(path)).toEqual(whole)
    }
    expect(await readdir(folder)).toHaveLength(1)
  })

  it('reports a damaged file, and nothing else', async () => {
    const onDamaged = vi.fn()
    await counted(0, { folder, onDamaged }).problem.data('train')
    await counted(0, { folder, onDamaged }).problem.data('train')
    expect(onDamaged).not.toHaveBeenCalled()
    const path = join(folder, (await readdir(folder))[0]!)
    await writeFile(path, 'nonsense')
    await counted(0, { folder, onDamaged }).problem.data('train')
    expect(onDamaged.mock.calls).toEqual([[path]])
  })

  it('reports a folder that cannot be written, before anything is solved', async () => {
    await writeFile(join(folder, 'file'), '')
    const { problem, solve } = counted(0, { folder: join(folder, 'file', 'below') })
    await expect(problem.data('train')).rejects.toMatchObject({ code: 'DATA_CACHE' })
    expect(solve).not.toHaveBeenCalled()
  })

  it('has a default folder', () => {
    vi.stubEnv('XDG_CACHE_HOME', '/somewhere')
    expect(defaultCacheFolder()).toBe(join('/somewhere', 'spikeward', 'data'))
    vi.unstubAllEnvs()
  })
})

describe('meanRelativeL2', () => {
  it('weights every function equally, while the pooled error weights large ones more', () => {
    const target = Float64Array.of(1, 0, 100, 0)
    const prediction = Float64Array.of(2, 0, 100, 0)
    expect(meanRelativeL2(prediction, target, 2)).toBe(0.5)
    expect(relativeL2(prediction, target)).toBeCloseTo(1 / Math.sqrt(10001), 12)
    expect(codeOf(() => meanRelativeL2(prediction, target, 3))).toBe('SHAPE_MISMATCH')
  })
})
