import { expect, test } from 'vitest'
import {
  add,
  cast,
  greaterEqual,
  jit,
  jvp,
  key as keyOf,
  matmul,
  normal,
  ones,
  reshape,
  scan,
  sub,
  sum,
  toBackend,
  zeros,
} from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import { native } from '../src/index.js'
import { instructionSets, reason } from './setup.js'

const [WIDTH, STEPS] = [64, 16]

/** Spikes [T, batch, width] of neurons under currents of that shape, or under one current for all steps. */
const layer = (current: Tensor, batch: number, over: Tensor | null): Tensor =>
  scan(
    (u: Tensor, now: Tensor | null) => {
      const charged = add(u, now ?? current)
      const s = cast(greaterEqual(charged, 1), 'f32')
      return [sub(charged, s), add(s, charged)] as const
    },
    zeros([batch, WIDTH]),
    over,
    { length: STEPS },
  )[1]

/** Two layers and their tangent along `v`, reduced to one number each. */
const network = (x: Tensor, w: Tensor, v: Tensor): readonly [Tensor, Tensor] => {
  const batch = x.shape[0]!
  const loss = (weight: Tensor): Tensor => {
    const first = layer(matmul(x, weight), batch, null)
    const between = matmul(reshape(first, [STEPS * batch, WIDTH]), weight)
    return sum(sum(layer(between, batch, reshape(between, [STEPS, batch, WIDTH])), 0), 1)
  }
  return jvp(loss, [w], [v])
}

if (instructionSets.length === 0) test('memory', (context) => context.skip(reason))

for (const instructionSet of instructionSets) {
  test(`${instructionSet}: intermediates between layers take memory for a few rows, not for the whole batch`, async () => {
    const peakOf = async (batch: number): Promise<number> => {
      await using backend = await native({ instructionSet, threads: 2 })
      const given = await toBackend(
        { x: ones([batch, WIDTH]), w: normal(keyOf(1), [WIDTH, WIDTH]), v: normal(keyOf(2), [WIDTH, WIDTH]) },
        backend,
      )
      const [value, tangent] = jit(network)(given.x, given.w, given.v)
      expect((await value.data()).length).toBe(batch)
      expect((await tangent.data()).length).toBe(batch)
      return backend.stats().peakBytes
    }
    const [small, large] = [await peakOf(512), await peakOf(2048)]
    // The batch itself, its currents and tangents are a few times batch × width; T times as much passes between layers.
    const layers = 4 * STEPS * 1536 * WIDTH
    expect(large - small).toBeLessThan(layers / 2)
  })
}
