/** Validation of an equation whose solution is not known. */
import { add, key, mul, sin, treeMap, zerosLike } from '@spikeward/core'
import { bp } from '@spikeward/estimators'
import { exactDerivatives, pinn } from '@spikeward/operators'
import { adam } from '@spikeward/optim'
import { d, dirichlet, equationProblem } from '@spikeward/problems'
import { type ValidationEvent, fit, pinnTask } from '@spikeward/train'
import { expect, it } from 'vitest'

const { PI } = Math

/** −u″ = π² sin πx, with u = 0 or u = 1 at both ends. */
const taskOf = (end: number, exact?: (x: readonly number[]) => readonly number[], weight = 1) => {
  const problem = equationProblem({
    name: 'line',
    axes: { x: [-1, 1] },
    equation: "-u'' = pi^2 sin pi x",
    residual: ({ u }, { x }) => add(d(u, { x: 2 }), mul(sin(mul(PI, x)), PI ** 2)),
    conditions: [dirichlet({ u: end })],
    ...(exact === undefined ? {} : { exact }),
    points: { train: 6, test: 9, validation: 20 },
  })
  const network = pinn({ axes: 1, block: { kind: 'smooth', hidden: [8] }, domain: problem.domain })
  const task = pinnTask({ network, problem, physics: { differentiate: exactDerivatives(), interior: 16, weight } })
  return { network, task }
}

it('is the residual and the conditions: those of u = 0 are known', async () => {
  for (const [end, squares] of [
    [0, PI ** 4 / 2],
    [1, PI ** 4 / 2 + 2],
  ] as const) {
    // The weight of the loss does not count.
    const { network, task } = taskOf(end, undefined, 7)
    const zero = treeMap(zerosLike, network.init(key(0)))
    const validator = task.validator!()
    const { relativeL2, prediction } = await validator.evaluate(zero)
    expect([validator.measure, prediction.length]).toEqual(['residual', 0])
    // 1024 random points for the mean of sin².
    expect(relativeL2 / Math.sqrt(squares)).toBeCloseTo(1, 1)
    expect((await validator.evaluate(zero)).relativeL2).toBe(relativeL2)
    validator.dispose()
  }
})

it('is named in the events of a run, and absent where a solution is known', async () => {
  const validations = async (exact?: (x: readonly number[]) => readonly number[]) => {
    const found: ValidationEvent[] = []
    const { task } = taskOf(0, exact)
    for await (const e of fit({ task, estimator: bp(), optimizer: adam(1e-2), key: 0, steps: 40, validateEvery: 20 }))
      if (e.type === 'validation') found.push(e)
    return found
  }
  const without = await validations()
  expect(without.map(({ measure }) => measure)).toEqual(['residual', 'residual'])
  expect(without[1]!.relativeL2).toBeLessThan(without[0]!.relativeL2)
  expect((await validations(([x = 0]) => [Math.sin(PI * x)])).map((e) => 'measure' in e)).toEqual([false, false])
})
