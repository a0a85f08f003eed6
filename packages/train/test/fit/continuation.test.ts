import { type Key, type Tensor, type Tree, grad, jit, key, tensor, treeLeaves } from '@spikeward/core'
import { bp } from '@spikeward/estimators'
import { sgd } from '@spikeward/optim'
import { pinn, stencilDerivatives, withHardConditions } from '@spikeward/operators'
import { burgersPinn } from '@spikeward/problems'
import { type Variables, lossAt, pinnTask, stepLossOf, trainStep } from '@spikeward/train'
import { describe, expect, it } from 'vitest'

const few = { test: [4, 3], train: [3, 3], validation: 4 } as const
const physics = { differentiate: stencilDerivatives({ step: 0.05 }), interior: 6 }

function taskOf(options: Parameters<typeof burgersPinn>[0]) {
  const problem = burgersPinn({ ...few, ...options })
  const block = { kind: 'smooth', hidden: [4], gain: 2 } as const
  const network = withHardConditions(pinn({ axes: 2, block, domain: problem.domain }), problem.physics.hard!)
  return { network, task: pinnTask<Tree, Tree, Tree>({ network, problem, physics }) }
}
const at = (step: number): Tensor => tensor(step, { dtype: 'i32' })

describe('a coefficient that continues', () => {
  const own = { viscosity: 0.02, startViscosity: 16, continuation: 8 }
  const { network, task } = taskOf(own)
  const { trained, fixed } = network.init(key(1)) as Variables
  const draw: Key = key(2)
  const value = (of: typeof task, step?: Tensor): Promise<number> => of.objective(trained, fixed, [], draw, step).item()

  it.each([
    [0, 0.32],
    [4, 0.08],
    [6, 0.04],
    [8, 0.02],
    [100, 0.02],
  ])('in step %i the loss is that of viscosity %d', async (step, viscosity) => {
    const constant = taskOf({ viscosity, startViscosity: 1 }).task
    expect(await value(task, at(step))).toBeCloseTo(await value(constant, at(0)), 5)
  })

  it('has its last value where there is no step', async () => {
    expect(await value(task)).toBe(await value(task, at(8)))
  })

  it('shows parts of the same loss', async () => {
    const parts = task.parts!(fixed, [], draw, at(3))
    const each = [...(await parts.head(parts.forward(trained, parts.input)).data())].map(Number)
    expect(each.reduce((a, b) => a + b) / each.length).toBeCloseTo(await value(task, at(3)), 5)
  })

  it('follows the number of the step in training', async () => {
    const { init, step } = trainStep(stepLossOf(task), bp(), sgd(0))
    const run = jit(step)
    const losses: number[] = []
    for (let i = 0, state = init(trained); i < 3; i++) {
      state = run(state, { fixed, data: [] }, key(5))
      losses.push(await state.loss.item())
    }
    const expected = [0, 1, 2].map((i) =>
      lossAt(stepLossOf(task), { fixed, data: [] }, (key(5).fold(i).split(2) as [Key, Key])[0], at(i))(trained).item(),
    )
    ;(await Promise.all(expected)).forEach((e, i) => expect(losses[i]).toBeCloseTo(e, 5))
    run.dispose()
  })

  it('leaves the loss differentiable', async () => {
    const slope = grad((p: Tree) => task.objective(p, fixed, [], draw, at(2)))(trained)
    for (const t of treeLeaves(slope)) for (const x of await t.data()) expect(Number.isFinite(Number(x))).toBe(true)
  })
})
