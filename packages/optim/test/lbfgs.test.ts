import { add, grad, jit, mul, square, sub, sum, tensor } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import { applyUpdates, lbfgs } from '@spikeward/optim'
import { expect, it } from 'vitest'

type Params = { readonly a: Tensor; readonly b: Tensor }
const start = (): Params => ({ a: tensor([1, -2, 3], { dtype: 'f64' }), b: tensor([[0.5], [-1]], { dtype: 'f64' }) })

/** A quadratic with curvatures from 0.1 to 100 over two leaves. */
const bowl = ({ a, b }: Params): Tensor =>
  mul(0.5, add(sum(mul(tensor([0.1, 1, 100], { dtype: 'f64' }), square(a))), mul(10, sum(square(sub(b, 1))))))

async function run(loss: (p: Params) => Tensor, steps: number, rate = 1, memory = 10): Promise<readonly number[]> {
  const optimizer = lbfgs(rate, { memory, longest: 100 })
  let params = start()
  let state = optimizer.init(params)
  const step = jit((p: Params, s: typeof state) => {
    const { updates, state: next } = optimizer.update(grad(loss)(p), s, p)
    return { params: applyUpdates(p, updates), state: next, loss: loss(p) }
  })
  const losses: number[] = []
  for (let i = 0; i < steps; i++) {
    const next = step(params, state)
    losses.push(await next.loss.item())
    ;({ params, state } = next)
  }
  step.dispose()
  return losses
}

it('minimises a quadratic of curvatures that differ by a factor of 1,000 within 30 steps', async () => {
  const losses = await run(bowl, 30)
  expect(losses.at(-1)).toBeLessThan(1e-12 * losses[0]!)
})

it('ends where it began if the gradient is zero, and keeps no pair without positive curvature', async () => {
  expect(new Set(await run((p) => mul(0, bowl(p)), 3))).toEqual(new Set([0]))
  // A concave function: every pair is refused, so that each step is the gradient with a length of at most 1.
  const losses = await run((p) => mul(-1, bowl(p)), 6)
  expect(losses.every((v, i) => Number.isFinite(v) && (i === 0 || v < losses[i - 1]!))).toBe(true)
})

it('with fewer pairs than parameters, takes more steps', async () => {
  const [few, many] = [await run(bowl, 12, 1, 1), await run(bowl, 12, 1, 10)]
  expect(many.at(-1)).toBeLessThan(few.at(-1)!)
})
