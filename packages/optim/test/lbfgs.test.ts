import { type Tensor, add, grad, jit, mul, square, sub, sum, tensor } from '@spikeward/core'
import { applyUpdates, lbfgs, scaleByLbfgs } from '@spikeward/optim'
import { expect, it } from 'vitest'

type Params = { readonly a: Tensor; readonly b: Tensor }
const start = (): Params => ({ a: tensor([1, -2, 3], { dtype: 'f64' }), b: tensor([[0.5], [-1]], { dtype: 'f64' }) })

/** A quadratic with curvatures from 0.1 to 100 over two leaves. */
const bowl = ({ a, b }: Params): Tensor =>
  mul(0.5, add(sum(mul(tensor([0.1, 1, 100], { dtype: 'f64' }), square(a))), mul(10, sum(square(sub(b, 1))))))

/** The loss before each step, and the state of the pairs after the last one. */
async function run(loss: (p: Params) => Tensor, steps: number, memory = 10) {
  const optimizer = lbfgs(1, { memory, longest: 100 })
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
  return { losses, pairs: state[0] }
}

it('minimises a quadratic of curvatures that differ by a factor of 1,000 within 30 steps', async () => {
  const { losses } = await run(bowl, 30)
  expect(losses.at(-1)).toBeLessThan(1e-12 * losses[0]!)
})

it('ends where it began if the gradient is zero', async () => {
  expect((await run((p) => mul(0, bowl(p)), 3)).losses).toEqual([0, 0, 0])
})

it('keeps pairs of positive curvature alone, the newest last', async () => {
  const kept = await run(bowl, 3)
  const filled = [...(await sum(square(kept.pairs.s), 1).data())].map((size) => size > 0)
  expect(filled).toEqual([...Array.from({ length: 8 }, () => false), true, true])
  // A concave function: every pair is refused, so that each step is the gradient with a length of at most 1.
  const { losses, pairs } = await run((p) => mul(-1, bowl(p)), 6)
  expect(losses.every((v, i) => Number.isFinite(v) && (i === 0 || v < losses[i - 1]!))).toBe(true)
  expect(await sum(add(square(pairs.s), square(pairs.y))).item()).toBe(0)
})

it('with fewer pairs than parameters, takes more steps', async () => {
  const [few, many] = [await run(bowl, 12, 1), await run(bowl, 12, 10)]
  expect(many.losses.at(-1)).toBeLessThan(few.losses.at(-1)!)
})

it('shortens longer updates to `longest`, over all parameters, and leaves shorter ones', async () => {
  const params = start()
  const grad = { a: tensor([0, 0.3, 0], { dtype: 'f64' }), b: tensor([[0], [0.4]], { dtype: 'f64' }) }
  const updateOf = async (longest: number): Promise<readonly number[]> => {
    const optimizer = scaleByLbfgs({ longest })
    const { updates } = optimizer.update(grad, optimizer.init(params), params)
    return [...(await updates.a.data()), ...(await updates.b.data())]
  }
  // The gradient has a length of 1/2, and γ = 1 before there is a pair.
  expect(await updateOf(0.25)).toEqual([0, 0.15, 0, 0, 0.2].map((v) => expect.closeTo(v, 12) as number))
  expect(await updateOf(1)).toEqual([0, 0.3, 0, 0, 0.4])
})
