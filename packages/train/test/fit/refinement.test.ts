import { add, cast, greater, key, mul, ones, reshape, slice, square, sum, tensor, zeros } from '@spikeward/core'
import type { Tensor, Tree } from '@spikeward/core'
import { gaussNewton } from '@spikeward/estimators'
import { pinn, stencilDerivatives } from '@spikeward/operators'
import { sgd } from '@spikeward/optim'
import { burgersPinn, heat1d, poissonPinn, region } from '@spikeward/problems'
import { balanced, causal, fit, pinnTask, rad, rar } from '@spikeward/train'
import type { Refinement, RefinementSource, Snapshot } from '@spikeward/train'
import { collocationIn } from '../../src/refinement/refiner.js'
import { describe, expect, it } from 'vitest'

const column = (x: Tensor, axis: number): Tensor => {
  const n = x.shape[0]!
  return reshape(slice(x, [0, axis], [n, axis + 1]), [n])
}

/** A source with |r| = 9 where x > 1/2, else 1, and two terms whose gradients have lengths 0.4 and 2. */
const source = (count: number): RefinementSource => ({
  axes: ['x', 't'],
  interior: region([
    [0, 1],
    [0, 1],
  ]),
  count,
  residuals: (x) => add(mul(cast(greater(column(x, 0), 0.5), 'f32'), 80), 1),
  terms: (p: Tree) => mul(sum(p as Tensor), tensor([0.2, 1])),
  trained: zeros([4]),
  key: key(3),
})

/** The share of the points whose first coordinate is above 1/2. */
async function shareOnTheRight(points: Tensor): Promise<number> {
  const x = await column(points, 0).data()
  return x.filter((v) => v > 0.5).length / x.length
}

describe('points by their residuals', () => {
  it('are as dense as the residual, to the power that is given, with an even share', async () => {
    const at = (o: Parameters<typeof rad>[0]) => shareOnTheRight(rad(o).points!(source(100)))
    expect(await at({ uniformity: 0 })).toBeGreaterThan(0.82)
    expect(Math.abs((await at({ exponent: 0 })) - 0.5)).toBeLessThan(0.08)
    // Densities 1.8 + 1 and 0.2 + 1.
    expect(Math.abs((await at({ uniformity: 1 })) - 0.7)).toBeLessThan(0.08)
  })
})

describe('points added where the residual is largest', () => {
  /** |r| = x, so that the largest residuals are at the right end. */
  const sloped = (count: number): RefinementSource => ({ ...source(count), residuals: (x) => square(column(x, 0)) })

  it('are the candidates with the largest residuals, beside uniform ones', async () => {
    const points = rar({ share: 0.5, candidates: 10 }).points!(sloped(40))
    expect(points.shape).toEqual([40, 2])
    const x = [...(await column(points, 0).data())]
    // The 20 largest of 400 uniform numbers are above 0.95, up to chance; of the others, half are below 1/2.
    expect(Math.min(...x.slice(0, 20))).toBeGreaterThan(0.9)
    expect(x.slice(20).filter((v) => v < 0.5).length).toBeGreaterThan(4)
    expect(new Set(x).size).toBe(40)
  })

  it('are all or none at the ends of the share, and differ where residuals are equal', async () => {
    const whole = await column(rar({ share: 1, candidates: 1 }).points!(sloped(9)), 0).data()
    expect([...whole]).toEqual([...whole].sort((a, b) => b - a))
    expect(rar({ share: 0 }).points!(sloped(9)).shape).toEqual([9, 2])
    const equal = rar({ share: 1, candidates: 2 }).points!({ ...source(6), residuals: (x) => mul(column(x, 0), 0) })
    expect(new Set(await column(equal, 1).data()).size).toBe(6)
  })
})

describe('causal weights', () => {
  it('fall with the squared residuals of earlier times', async () => {
    const x = [0.9, 0.1, 0.2].flatMap((t) => [0.2, t])
    const weights = await causal({ strength: 3 }).weights!(source(3), tensor(x, { shape: [3, 2] })).data()
    ;[Math.exp(-2), 1, Math.exp(-1)].forEach((w, i) => expect(weights[i]).toBeCloseTo(w, 5))
  })

  it('need the axis of time', () => {
    expect(() => causal({ axis: 's' }).weights!(source(3), zeros([3, 2]))).toThrow(/the axes are x, t/)
  })
})

describe('balanced weights', () => {
  it('give the gradients of all terms the length of the first, from directional derivatives', async () => {
    const weights = await balanced({ memory: 0 }).balance!(source(3), ones([2])).data()
    expect(weights[0]).toBeCloseTo(1, 5)
    expect(weights[1]).toBeCloseTo(0.2, 5)
    const slow = await balanced({ memory: 0.5 }).balance!(source(3), ones([2])).data()
    expect(slow[1]).toBeCloseTo(0.6, 5)
  })
})

/** A short run, and its last snapshot. */
async function trained(refine: readonly Refinement[], steps: number, resume?: Snapshot) {
  const problem = heat1d({ test: 5, validation: 20 })
  const network = pinn({ axes: 2, block: { kind: 'smooth', hidden: [4], gain: 2 }, domain: problem.domain })
  const physics = { differentiate: stencilDerivatives({ step: 0.1 }), interior: 6, refine }
  const task = pinnTask({ network, problem, physics })
  const run = { task, estimator: gaussNewton(), optimizer: sgd(1), key: 4, steps }
  let last: Snapshot | undefined
  for await (const e of fit({ ...run, ...(resume === undefined ? {} : { resume }) }))
    if (e.type === 'checkpoint') last = e.snapshot
  return last!
}

describe('a run with refinements', () => {
  const all = [rad({ every: 2 }), causal({ every: 2 }), balanced({ every: 2, directions: 2 })]

  it('keeps points between draws, and gives the same bits when it is resumed', async () => {
    const [whole, part] = [await trained(all, 3), await trained(all, 2)]
    const resumed = await trained(all, 3, part)
    for (const [name, { data }] of whole.tensors) expect([name, resumed.tensors.get(name)?.data]).toEqual([name, data])
    const points = whole.tensors.get('fixed.collocation.points')!.data
    expect(points).toHaveLength(12)
    expect(points).not.toEqual(part.tensors.get('fixed.collocation.points')!.data)
    expect(points).toEqual((await trained(all, 4)).tensors.get('fixed.collocation.points')!.data)
  })

  it('draws points by the residual of the present step, while a coefficient continues', async () => {
    const seen = async (step: number, options: Parameters<typeof burgersPinn>[0]): Promise<ArrayLike<number>> => {
      const problem = burgersPinn({ test: [4, 3], train: [3, 3], validation: 4, ...options })
      const network = pinn({ axes: 2, block: { kind: 'smooth', hidden: [4], gain: 2 }, domain: problem.domain })
      const physics = { differentiate: stencilDerivatives({ step: 0.05 }), interior: 6, refine: [causal({ every: 1 })] }
      const task = pinnTask({ network, problem, physics })
      const fixed = task.redraw!.run(task.init(key(4)), [], key(5), tensor(step, { dtype: 'i32' }))
      return collocationIn(fixed)!.weights.data()
    }
    const own = { viscosity: 0.02, startViscosity: 16, continuation: 8 }
    const [early, late] = [await seen(0, own), await seen(8, own)]
    const constant = (viscosity: number) => seen(0, { viscosity, startViscosity: 1 })
    const close = (a: ArrayLike<number>, b: ArrayLike<number>): void =>
      Array.from(a).forEach((w, i) => expect(w).toBeCloseTo(b[i]!, 5))
    close(early, await constant(0.32))
    close(late, await constant(0.02))
    expect(early).not.toEqual(late)
  })

  it('refuses what does not fit', () => {
    const problem = poissonPinn()
    const network = pinn({ axes: 1, block: { kind: 'smooth', hidden: [4] } })
    const task = (refine: readonly Refinement[], interior: number | number[] = 4) =>
      pinnTask({ network, problem, physics: { differentiate: stencilDerivatives({ step: 0.1 }), interior, refine } })
    expect(() => task([rad(), rad()])).toThrow(/both choose the points/)
    expect(() => task([rad({ every: 2 }), balanced({ every: 3 })])).toThrow(/the same 'every'/)
    expect(() => task([rad()], [4])).toThrow(/chooses single points/)
  })
})
