import { add, jit, key, mul, sin, sub, treeMap } from '@spikeward/core'
import type { Loss, Tensor } from '@spikeward/core'
import { bp, eligibility, gaussNewton } from '@spikeward/estimators'
import { pinn, stencilDerivatives, withCoefficients } from '@spikeward/operators'
import { d, dirichlet, equationProblem, pointValues } from '@spikeward/problems'
import { pinnTask } from '@spikeward/train'
import { expect, it } from 'vitest'

const { PI } = Math
const at = Array.from({ length: 9 }, (_, i) => -0.8 + 0.2 * i)

/** −u″ = k π² sin πx with k unknown; u = sin πx is measured, so that k is 1. */
const problem = equationProblem({
  name: 'inverse',
  axes: { x: [-1, 1] },
  equation: "-u'' = k pi^2 sin pi x",
  residual: ({ u }, { x }, { coefficients: { k } }) =>
    mul(add(d(u, { x: 2 }), mul(k!, mul(sin(mul(x, PI)), PI ** 2))), 0.1),
  coefficients: { k: 3 },
  conditions: [dirichlet({ u: 0 }), pointValues(at, { u: at.map((x) => Math.sin(PI * x)) })],
  exact: ([x = 0]) => [Math.sin(PI * x)],
})
const network = withCoefficients(
  pinn({ axes: 1, block: { kind: 'smooth', hidden: [10], gain: 2 } }),
  problem.physics.unknown!,
)
const task = pinnTask({
  network,
  problem,
  physics: { differentiate: stencilDerivatives({ step: 0.1, accuracy: 4 }), interior: 32 },
})

it('finds an unknown coefficient by Gauss–Newton, which moves it together with the network', async () => {
  const start = network.init(key(1))
  const { fixed } = start
  let { trained } = start
  expect(await trained.coefficients['k']!.item()).toBe(3)
  const e = gaussNewton({ damping: 1e-2 })
  type P = typeof trained
  const step = jit((p: P, state: ReturnType<typeof e.init>, f: typeof fixed, number: Tensor) => {
    const own = key(7).fold(number)
    const loss: Loss<P> = Object.assign((q: P) => task.objective(q, f, [], own), { parts: task.parts!(f, [], own) })
    const { grad, state: next } = e.estimate(loss, p, state, { key: own })
    return { p: treeMap(sub, p, grad), state: next }
  })
  let state = e.init(trained)
  for (let i = 0; i < 25; i++) {
    const next = step(trained, state, fixed, mul(add(1, 0), i))
    ;({ p: trained, state } = next)
  }
  expect(Math.abs((await trained.coefficients['k']!.item()) - 1)).toBeLessThan(0.02)
  step.dispose()
})

it('has the gradient of back-propagation in the coefficient, and no layer to perturb it by', async () => {
  const { trained, fixed } = network.init(key(1))
  const own = key(2)
  const loss: Loss<typeof trained> = Object.assign((q: typeof trained) => task.objective(q, fixed, [], own), {
    parts: task.parts!(fixed, [], own),
  })
  const { grad } = bp().estimate(loss, trained, {}, { key: own })
  expect(Math.abs(await grad.coefficients['k']!.item())).toBeGreaterThan(0.1)
  expect(() => eligibility().estimate(loss, trained, eligibility().init(trained), { key: own })).toThrow(
    /coefficients\.k/,
  )
})
