/** The exact readout from a table of many rows, on a backend that sums in f32. */
import { cpu } from '@spikeward/backend-cpu'
import { type Backend, type Tensor, cos, jit, key, matmul, normal, referenceBackend, tensor } from '@spikeward/core'
import { solveReadout } from '@spikeward/operators'
import { expect, it } from 'vitest'

const [ROWS, WIDTH] = [50_000, 24]

/** The weights for nearly dependent features cos(xW) of 50,000 points. */
async function weights(backend: Backend): Promise<readonly number[]> {
  const directions = normal(key(0, { backend }), [2, WIDTH])
  const x = tensor(
    Float32Array.from({ length: 2 * ROWS }, (_, i) => ((i * 7919) % 10_007) / 10_007),
    { shape: [ROWS, 2], backend },
  )
  const y = tensor(
    Float32Array.from({ length: ROWS }, (_, i) => Math.sin(((2 * i * 7919) % 10_007) / 10_007)),
    { shape: [ROWS, 1], backend },
  )
  const none = (shape: readonly number[]): Tensor =>
    tensor(new Float32Array(shape.reduce((n, d) => n * d, 1)), { shape, backend })
  const variables = {
    trained: { readout: { weight: none([WIDTH, 1]), bias: none([1]) } },
    fixed: { centre: none([WIDTH]), output: { shift: none([1]), scale: tensor([1], { backend }) } },
  }
  const solve = solveReadout<(typeof variables)['trained'], (typeof variables)['fixed']>({
    name: 'cosines',
    features: (_, points) => cos(matmul(points, directions)),
  } as Parameters<typeof solveReadout<(typeof variables)['trained'], (typeof variables)['fixed']>>[0])
  const { readout } = jit((at: Tensor, values: Tensor) => solve(variables, { x: at, y: values }))(x, y)
  return [...(await readout.weight.data())].map(Number)
}

it('loses few digits of the covariance, however many rows there are', async () => {
  const [exact, found] = [await weights(referenceBackend()), await weights(await cpu())]
  const length = Math.hypot(...exact)
  expect(length).toBeGreaterThan(0.1)
  // One long sum gives 0.14 here, and NaN for the rates of 100 neurons.
  expect(Math.hypot(...exact.map((w, i) => w - found[i]!)) / length).toBeLessThan(0.05)
})
