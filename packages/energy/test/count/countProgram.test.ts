import { describe, expect, it } from 'vitest'
import { add, cast, greater, key, matmul, mul, normal, scan, tensor, trace, treeLeaves, zeros } from '@spikeward/core'
import type { Tensor, Tree } from '@spikeward/core'
import { type Counts, type Origin, countProduct, countProgram, noCounts } from '@spikeward/energy'

/** Counts of a function, with the origin of each argument. */
async function counted(f: (...args: Tensor[]) => Tree, ...given: readonly (readonly [Tensor, Origin])[]) {
  const args = given.map(([t]) => t)
  const { program, captured } = trace((...xs: Tensor[]) => f(...xs), ...args)
  const all = [
    ...captured.map((tensor) => ({ tensor, origin: 'data' as const })),
    ...given.map(([tensor, origin]) => ({ tensor, origin })),
  ]
  return countProgram(program, all)
}

const only = (counts: Partial<Counts>): Counts => ({ ...noCounts, ...counts })

describe('countProduct', () => {
  it('counts terms whose factors both differ from 0, by hand', () => {
    const a = { values: [1, 0, 1, 1, 0, 0], shape: [2, 3] }
    const b = { values: [2, 0, 3, 4, 5, 0], shape: [3, 2] }
    // Columns of a hold 2, 0, 1 nonzeros; rows of b hold 1, 2, 1: 2·1 + 0·2 + 1·1 terms.
    expect(countProduct(a, b, { contract: [[1], [0]], batch: [[], []] })).toEqual({
      effective: 3,
      dense: 2 * 3 * 2,
      accumulates: true,
    })
  })

  it('agrees with a triple loop under a batch axis and swapped axes', () => {
    const [n, m, k, p] = [2, 3, 4, 2]
    const a = Array.from({ length: n * k * m }, (_, i) => (i * 7) % 3)
    const b = Array.from({ length: p * n * k }, (_, i) => (i * 5) % 4)
    let effective = 0
    for (let z = 0; z < n; z++)
      for (let i = 0; i < m; i++)
        for (let j = 0; j < p; j++)
          for (let t = 0; t < k; t++) if (a[(z * k + t) * m + i] !== 0 && b[(j * n + z) * k + t] !== 0) effective++
    const found = countProduct(
      { values: a, shape: [n, k, m] },
      { values: b, shape: [p, n, k] },
      { contract: [[1], [2]], batch: [[0], [1]] },
    )
    expect(found).toEqual({ effective, dense: n * m * k * p, accumulates: false })
  })
})

describe('countProgram', () => {
  it('counts the accumulates, weights and neurons of a spiking layer over time', async () => {
    const spikes = tensor([[[1, 0]], [[0, 0]], [[1, 1]]])
    const weight = tensor([
      [0.5, 1, 0],
      [2, 3, 4],
    ])
    const layer = (w: Tensor, x: Tensor) =>
      scan(
        (u, s: Tensor) => {
          const charged = add(u, matmul(s, w))
          return [charged, cast(greater(charged, 1), 'f32')]
        },
        zeros([1, 3]),
        x,
      )
    const { work, draws } = await counted((w, x) => layer(w, x), [weight, 'weight'], [spikes, 'data'])
    // Membranes: 0, then (0.5, 1, 0) twice, then (3, 5, 4): three spikes of nine decisions.
    expect(work).toEqual(
      only({
        acs: 2 + 0 + 5,
        dense: 3 * 6,
        additions: 3 * (3 + 3),
        weightReads: 3 * 6,
        weightReadsByEvent: 7,
        stateReads: 9,
        stateWrites: 9,
        sequenceReads: 6,
        sequenceWrites: 9,
        decisions: 9,
        spikes: 3,
      }),
    )
    expect(draws).toEqual(noCounts)
  })

  it('keeps perturbations, which depend on the key alone, apart from their use', async () => {
    const [k] = treeLeaves(key(0))
    const x = tensor([1, 2, 3, 4])
    const { program, captured } = trace(
      (seed: ReturnType<typeof key>, v: Tensor) => mul(normal(seed, [4]), v),
      key(0),
      x,
    )
    const { work, draws } = await countProgram(program, [
      ...captured.map((t) => ({ tensor: t, origin: 'data' as const })),
      { tensor: k!, origin: 'key' },
      { tensor: x, origin: 'data' },
    ])
    expect(work).toEqual(only({ multiplications: 4 }))
    expect(draws.random).toBeGreaterThanOrEqual(4)
    expect(draws.functions).toBeGreaterThan(0)
  })

  it('counts a scan whose state is also its output', async () => {
    const x = tensor([[1], [2], [3]])
    const { work } = await counted(
      (v) =>
        scan(
          (u, y: Tensor) => {
            const next = add(u, y)
            return [next, next]
          },
          zeros([1]),
          v,
        ),
      [x, 'data'],
    )
    expect(work).toEqual(only({ additions: 3, stateReads: 3, stateWrites: 3, sequenceReads: 3, sequenceWrites: 3 }))
  })

  it('counts a product of real numbers as multiply–accumulates', async () => {
    const x = tensor([[0.5, 0]])
    const w = tensor([[1.5], [2.5]])
    const { work } = await counted((a, b) => matmul(a, b), [x, 'data'], [w, 'weight'])
    expect(work).toEqual(only({ macs: 1, dense: 2, weightReads: 2, weightReadsByEvent: 1 }))
  })
})
