/** Numbers of an equation in JSON that change over the first steps. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
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
