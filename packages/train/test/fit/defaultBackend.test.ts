import { expect, it } from 'vitest'
import { type Key, type Tensor, jit, square, sub, sum, tensor, treeLeaves } from '@spikeward/core'
import { bp } from '@spikeward/estimators'
import { sgd } from '@spikeward/optim'
import { type Task, fit } from '../../src/index.js'

/** (x − 3)² from x = 0. */
const task: Task<{ x: Tensor }, Record<string, never>, { target: Tensor }> = {
  name: 'one number',
  init: (_key: Key) => ({ trained: { x: tensor(0) }, fixed: {} }),
  data: () => ({ target: tensor(3) }),
  objective: ({ x }, _fixed, { target }) => sum(square(sub(x, target))),
}

it('a run that names no backend runs on the cpu, and hands over variables that can be used after it', async () => {
  const backends: string[] = []
  for await (const e of fit({ task, estimator: bp(), optimizer: sgd(0.1), key: 0, steps: 40 })) {
    if (e.type === 'start') backends.push(e.backend)
    if (e.type !== 'end') continue
    const { x } = e.variables.trained
    expect(String(x)).toMatch(/^Tensor f32\[\] on cpu 2\.99/)
    expect(await jit((a: Tensor) => square(a))(x).item()).toBeCloseTo(9, 2)
    treeLeaves(e.variables).forEach((t) => t.dispose())
  }
  expect(backends).toEqual(['cpu'])
})
