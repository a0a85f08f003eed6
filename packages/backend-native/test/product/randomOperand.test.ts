import { type Key, type Tensor, jit, key, matmul, normal } from '@spikeward/core'
import { expect, test } from 'vitest'
import { native } from '../../src/index.js'
import { instructionSets, reason } from '../setup.js'

if (instructionSets.length === 0) test('random operands', (context) => context.skip(reason))

// Four blocks of 256 columns and one of 6, of more than 2^20 numbers.
const shape = [1024, 1030]

test.each(instructionSets)(
  '%s: a large random operand is drawn in its product, with the bits of a stored one',
  async (instructionSet) => {
    for (const threads of [1, 2]) {
      await using backend = await native({ threads, instructionSet })
      const [x, k] = [normal(key(1), [24, shape[0]!]), key(2)]
      const product = jit((a: Tensor, b: Key) => matmul(a, normal(b, shape)), { backend })
      const drawn = jit((b: Key) => normal(b, shape), { backend })
      const stored = jit((a: Tensor, v: Tensor) => matmul(a, v), { backend })
      const found = await product(x, k).data()
      expect(found).toEqual(await stored(x, drawn(k)).data())
      const { workspaceBytes } = product.inspect(x, k).executable
      expect(workspaceBytes).toBeLessThan(shape[0]! * shape[1]! * 4)
    }
  },
)
