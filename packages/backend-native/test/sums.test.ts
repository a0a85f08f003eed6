import { expect, test, vi } from 'vitest'
import { add, cast, greater, jit, matmul, mul, normal, key, reshape, sum, tanh, tensor } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import { native, type InstructionSet } from '../src/index.js'
import { instructionSets, reason } from './setup.js'

/** The output of a layer of spikes, with its tangent: δ W + s V, s of 0 and 1; `both` reads the first product twice. */
const layer = (both: boolean) => (x: Tensor, w: Tensor, v: Tensor) => {
  const [spikes, slopes] = [cast(greater(x, 0.4), 'f32'), tanh(x)]
  const [p, q] = [matmul(slopes, w), matmul(spikes, v)]
  return tanh(both ? mul(add(p, q), p) : add(p, q))
}

/** All outputs as bits, and the description of the executable. */
async function run(
  instructionSet: InstructionSet,
  both: boolean,
  few: boolean,
): Promise<{ bits: number[]; source: string }> {
  await using backend = await native({ instructionSet, threads: 1 })
  const [a, b, c] = key(3, { backend }).split(3)
  const x = mul(normal(a!, [1030, 72]), few ? tensor(0.25, { backend }) : tensor(1, { backend }))
  const [w, v] = [normal(b!, [72, 83]), normal(c!, [72, 83])]
  const f = jit(layer(both))
  const { executable } = f.inspect(x, w, v)
  const data = (await f(x, w, v).data()) as Float32Array
  return { bits: Array.from(new Uint32Array(data.buffer, data.byteOffset, data.length)), source: executable.source }
}

if (instructionSets.length === 0) test('sums', (context) => context.skip(reason))

for (const instructionSet of instructionSets) {
  test.each([
    ['many spikes', false, false],
    ['few spikes', false, true],
    ['a product that is also read elsewhere', true, false],
  ])(
    `${instructionSet}: a sum of two products has the same bits if the second is accumulated onto the first, %s`,
    async (_, both, few) => {
      const summed = await run(instructionSet, both, few)
      vi.stubEnv('SPIKEWARD_TILING', 'off')
      const separate = await run(instructionSet, both, few)
      vi.unstubAllEnvs()
      expect(summed.source).toContain('tile-fused group of')
      expect(summed.source.includes('accumulated onto the one before')).toBe(instructionSet !== 'portable' && !both)
      expect(summed.bits.some((x) => x !== 0)).toBe(true)
      expect(summed.bits).toEqual(separate.bits)
    },
  )
}

for (const instructionSet of instructionSets) {
  test(`${instructionSet}: spikes of several time steps that are not contiguous share a block, with the same bits`, async () => {
    const [steps, batch, width] = [9, 528, 72]
    const over = async (): Promise<{ bits: number[]; source: string }> => {
      await using backend = await native({ instructionSet, threads: 1 })
      const [a, b] = key(5, { backend }).split(2)
      const f = jit((x: Tensor, w: Tensor) => {
        const spikes = cast(greater(x, 0.4), 'f32')
        const products = reshape(matmul(reshape(spikes, [steps * batch, width]), w), [steps, batch, 83])
        return { spikes, sums: sum(tanh(products), 0) }
      })
      const [x, w] = [normal(a!, [steps, batch, width]), normal(b!, [width, 83])]
      const { source } = f.inspect(x, w).executable
      const data = (await f(x, w).sums.data()) as Float32Array
      return { bits: Array.from(new Uint32Array(data.buffer, data.byteOffset, data.length)), source }
    }
    const fused = await over()
    vi.stubEnv('SPIKEWARD_TILING', 'off')
    const separate = await over()
    vi.unstubAllEnvs()
    expect(fused.source).toContain('tile-fused group of')
    expect(fused.bits.some((x) => x !== 0)).toBe(true)
    expect(fused.bits).toEqual(separate.bits)
  })
}
