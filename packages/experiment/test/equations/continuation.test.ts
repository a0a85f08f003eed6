/** Numbers of an equation in JSON that change over the first steps. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { type PinnProblem, key, tensor } from '@spikeward/core'
import { pinn, stencilDerivatives, withHardConditions } from '@spikeward/operators'
import { allenCahn } from '@spikeward/problems'
import { pinnTask } from '@spikeward/train'
import { readEquation } from '../../src/node/equation/readEquation.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-continuation-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const file = (content: unknown): string => {
  const path = join(folder, 'heat.json')
  writeFileSync(path, JSON.stringify(content))
  return path
}

const ramp = { from: 0.1, to: 2, steps: 10 }
const heat = {
  name: 'heat',
  axes: { x: [0, 1], t: [0, 1] },
  continuation: { D: ramp },
  equations: ['u_t = D*u_xx'],
  conditions: [{ dirichlet: { u: 0 } }, { initial: { u: 'sin(pi*x)' } }],
}

test('a continuation leads from an easier equation to the one that is measured', async () => {
  const { physics } = await readEquation(file(heat))
  expect(physics.continuation).toEqual({ D: ramp })
})

test('a name with another use, and a value of 0, are refused', async () => {
  const twice = file({ ...heat, constants: { D: 0.1 } })
  await expect(readEquation(twice)).rejects.toThrow('D is a constant and a continuation')
  const below = file({ ...heat, continuation: { D: { ...ramp, from: 0 } } })
  await expect(readEquation(below)).rejects.toThrow("finite 'from' and 'to' above 0")
})

const fronts = {
  name: 'fronts',
  axes: { x: [-1, 1], t: [0, 1] },
  continuation: { s: { from: 0.1, to: 1, steps: 150 } },
  equations: ['exp(-5*t)*(u_t - s*(0.0001*u_xx + 5*(u - u^3))) = 0'],
  conditions: [{ initial: { u: 'x^2*cos(pi*x)' } }, { periodic: 'x', length: Math.sqrt(1e-4 / 5) }],
  hard: { u: 'x^2*cos(pi*x) + t*u' },
}

test('a file states the Allen–Cahn equation of this library with all that its training needs', async () => {
  const at = async (problem: PinnProblem): Promise<readonly number[]> => {
    const block = { kind: 'smooth', hidden: [6], gain: 2 } as const
    const network = withHardConditions(pinn({ axes: 2, block, domain: problem.domain }), problem.physics.hard!)
    const physics = { differentiate: stencilDerivatives({ step: 0.01, accuracy: 4 }), interior: 16 }
    const task = pinnTask({ network, problem, physics })
    const { trained, fixed } = network.init(key(1))
    const losses = [0, 75, 200].map((step) =>
      task.objective(trained, fixed, [], key(2), tensor(step, { dtype: 'i32' })),
    )
    return Promise.all(losses.map((loss) => loss.item()))
  }
  const [own, builtIn] = [await at(await readEquation(file(fronts))), await at(allenCahn())]
  for (const [i, loss] of own.entries()) expect(loss / builtIn[i]!).toBeCloseTo(1, 4)
})

test('a length belongs to a periodic condition', async () => {
  const other = file({ ...heat, conditions: [{ dirichlet: { u: 0 }, length: 0.1 }] })
  await expect(readEquation(other)).rejects.toThrow('length belongs to periodic')
})
