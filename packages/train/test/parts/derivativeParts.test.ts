import { key, layersOf, sub, treeLeaves, treeMap } from '@spikeward/core'
import type { Estimator, Loss, PinnProblem, Tree } from '@spikeward/core'
import { bp, eligibility, gaussNewton } from '@spikeward/estimators'
import { type BlockOptions, exactDerivatives, pinn, withCoefficients, withHardConditions } from '@spikeward/operators'
import { burgersPinn, d, equationProblem, inverseBurgers, poissonPinn } from '@spikeward/problems'
import { pinnTask } from '@spikeward/train'
import { describe, expect, it } from 'vitest'

type Network = Parameters<typeof withCoefficients<Tree, Tree, Tree, null>>[0]

const smooth: BlockOptions = { kind: 'smooth', hidden: [4, 3], gain: 1 }
const spikes: BlockOptions = { kind: 'firstSpike', hidden: [4, 3], gain: 1 }

const numbers = async (tree: Tree): Promise<number[]> =>
  (await Promise.all(treeLeaves(tree).map(async (t) => [...(await t.data())]))).flat()

/** The loss of one step with exact derivatives and its parts, and the parameters. */
function lossOf(problem: PinnProblem, block: BlockOptions, hard: boolean, odd: readonly number[]) {
  const plain = pinn({ axes: problem.axes.length, block, domain: problem.domain, odd }) as unknown as Network
  const held = hard ? withHardConditions(plain, problem.physics.hard!) : plain
  const { unknown } = problem.physics
  const network = unknown === undefined ? held : withCoefficients<Tree, Tree, Tree, null>(held, unknown)
  const task = pinnTask({ network, problem, physics: { differentiate: exactDerivatives(), interior: 5 } })
  const { trained, fixed } = network.init(key(3))
  const loss: Loss<Tree> = Object.assign((p: Tree) => task.objective(p, fixed, [], key(4)), {
    parts: task.parts!(fixed, [], key(4)),
  })
  const estimate = (e: Estimator): Tree => e.estimate(loss, trained, e.init(trained), { key: key(5) }).grad
  return { loss, trained, estimate }
}

const burgers = burgersPinn({ test: [4, 3], train: [3, 3], validation: 4 })
const mixed = equationProblem({
  name: 'mixed',
  axes: { x: [0, 1], y: [0, 1] },
  equation: 'u_xy = u_xxy',
  residual: ({ u }) => sub(d(u, { x: 1, y: 1 }), d(u, { x: 2, y: 1 })),
})

const equations: [string, PinnProblem, BlockOptions, boolean, number[]][] = [
  ['Poisson, conditions in the loss', poissonPinn(), smooth, false, []],
  ['Poisson, hard conditions', poissonPinn(), smooth, true, []],
  ['Burgers, odd in x, by first spikes', burgers, spikes, false, [0]],
  ['inverse Burgers, odd in x, with unknown coefficients', inverseBurgers({ measurements: 5 }), smooth, false, [0]],
  ['mixed derivatives of order 3', mixed, smooth, false, []],
]

describe.each(equations)('exact derivatives as evaluations: %s', (_, problem, block, hard, odd) => {
  it('have the value of the loss, and let Gauss–Newton know the gradient of back-propagation', async () => {
    const { loss, trained, estimate } = lossOf(problem, block, hard, odd)
    const parts = loss.parts!
    const output = parts.forward(trained, parts.input)
    const r = await numbers(parts.residuals!(output))
    const whole = await loss(trained).item()
    expect(whole).toBeGreaterThan(0)
    expect(r.reduce((s, v) => s + v * v, 0) / r.length / whole).toBeCloseTo(1, 5)
    // With λ so large that (JᵀJ/M + λsI) is λsI, the step is the gradient Jᵀr/M times a number.
    const [step, gradient] = await Promise.all(
      [gaussNewton({ below: 'traces', damping: 1e4, adapt: false, precision: 'f64' }), bp()].map((e) =>
        numbers(estimate(e)),
      ),
    )
    const ratio = gradient!.reduce((s, g, i) => s + g * step![i]!, 0) / gradient!.reduce((s, g) => s + g * g, 0)
    const size = Math.max(...gradient!.map(Math.abs))
    gradient!.forEach((g, i) => expect(Math.abs(step![i]! / ratio - g)).toBeLessThan(2e-3 * size))
  })
})

describe('exact derivatives as evaluations', () => {
  const { loss, trained, estimate } = lossOf(poissonPinn(), smooth, false, [])

  it('use each layer for the value and for each derivative', () => {
    const uses = layersOf(loss.parts!.forward, trained, loss.parts!.input)
    const of = (name: string): number => uses.filter((l) => l.name === name).length
    // Uses for two conditions; at the interior points for the value, a tangent and, if the input is curved, a second
    // one.
    expect(['block.layers.0.weight', 'block.layers.1.weight', 'block.readout.weight'].map(of)).toEqual([4, 5, 5])
  })

  it('let a Gauss–Newton step lower the loss', async () => {
    const after = treeMap(sub, trained, estimate(gaussNewton({ below: 'traces', damping: 1, adapt: false })))
    expect(await loss(after).item()).toBeLessThan(0.9 * (await loss(trained).item()))
  })

  it('are refused by estimators that perturb at separate points', () => {
    expect(() => estimate(eligibility())).toThrow(expect.objectContaining({ code: 'LOSS_WITHOUT_PARTS' }))
    expect(() => estimate(eligibility())).toThrow('exact derivatives')
  })
})
