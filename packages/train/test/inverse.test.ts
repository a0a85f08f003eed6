import { type Loss, type Tensor, add, cos, jit, key, mul, sin, sub, treeMap } from '@spikeward/core'
import { bp, eligibility, gaussNewton } from '@spikeward/estimators'
import { independentNetworks, pinn, stencilDerivatives, withCoefficients } from '@spikeward/operators'
import { adam } from '@spikeward/optim'
import { d, dirichlet, equationProblem, pointValues } from '@spikeward/problems'
import { fit, pinnTask } from '@spikeward/train'
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

it('has the gradient of back-propagation in the coefficient, which belongs to no layer', async () => {
  const { trained, fixed } = network.init(key(1))
  const own = key(2)
  const loss: Loss<typeof trained> = Object.assign((q: typeof trained) => task.objective(q, fixed, [], own), {
    parts: task.parts!(fixed, [], own),
  })
  const { grad } = bp().estimate(loss, trained, {}, { key: own })
  expect(Math.abs(await grad.coefficients['k']!.item())).toBeGreaterThan(0.1)
  const other = eligibility().estimate(loss, trained, {}, { key: own }).grad
  expect(await other.coefficients['k']!.item()).toBeCloseTo(await grad.coefficients['k']!.item(), 4)
})

/** −(k u′)′ = f with k = 1 + x/2 a field, and u = sin πx measured. Where u′ = 0 the equation alone fixes k. */
const field = equationProblem({
  name: 'unknown-field',
  axes: { x: [0, 1] },
  unknowns: ['u', 'k'],
  equation: "-(k u')' = f",
  residual({ u, k }, { x }) {
    const given = sub(mul(PI / 2, cos(mul(x, PI))), mul(PI ** 2, mul(add(1, mul(x, 0.5)), sin(mul(x, PI)))))
    const flux = add(mul(d(k!, { x: 1 }), d(u, { x: 1 })), mul(k!.value, d(u, { x: 2 })))
    return mul(0.1, sub(flux, given))
  },
  conditions: [
    pointValues(
      at.map((x) => (x + 1) / 2),
      { u: at.map((x) => Math.sin((PI * (x + 1)) / 2)) },
    ),
  ],
  exact: ([x = 0]) => [Math.sin(PI * x), 1 + x / 2],
})

it('finds an unknown field as a further unknown with a small network of its own', async () => {
  const one = (hidden: number) => pinn({ axes: 1, block: { kind: 'smooth', hidden: [hidden], gain: 2 } })
  const both = independentNetworks([one(10), one(4)])
  const physics = { differentiate: stencilDerivatives({ step: 0.05, accuracy: 4 }), interior: 24 }
  const task = pinnTask({ network: both, problem: field, physics })
  const errors: number[] = []
  for await (const e of fit({ task, estimator: bp(), optimizer: adam(2e-2), key: 3, steps: 600, validateEvery: 300 }))
    if (e.type === 'validation') errors.push(e.relativeL2)
  expect(errors.at(-1)).toBeLessThan(0.05)
})
