/** Equation files whose parts do not fit together are refused. Earlier versions ignored a part silently. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readEquation } from '../../src/equation/readEquation.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-names-'))
afterAll(() => rmSync(folder, { recursive: true }))

const read = (more: object) => {
  const path = join(folder, 'own.json')
  const zero = [{ dirichlet: { u: 0 } }]
  writeFileSync(
    path,
    JSON.stringify({ name: 'own', axes: { x: [0, 1] }, equations: ['u_xx = 1'], conditions: zero, ...more }),
  )
  return readEquation(path)
}

test.each<readonly [string, object, RegExp]>([
  ['hard of another unknown', { hard: { v: 'x' } }, /hard names v, and the unknowns are u/],
  ['exact of another unknown', { exact: { u: 'x', constructor: 'x' } }, /exact names constructor, and the unknowns/],
  ['a coefficient like an axis', { coefficients: { x: 1 } }, /x is an axis and a coefficient/],
  ['a coefficient like an unknown', { coefficients: { u: 1 } }, /u is an unknown and a coefficient/],
  [
    'a constant like a coefficient',
    { constants: { k: 1 }, coefficients: { k: 1 } },
    /k is a constant and a coefficient/,
  ],
  ['a constant like an axis', { constants: { x: 1 } }, /x is an axis and a constant/],
  ['rates without initial', { conditions: [{ dirichlet: { u: 0 }, rates: { u: 1 } }] }, /rates belong to initial/],
  [
    'rows of other lengths',
    { conditions: [{ measured: { at: [[0.1], [0.2, 0.3]], values: { u: [1, 2, 3] } } }] },
    /measured at row 2 has 2 numbers, and there are 1 axes/,
  ],
])('%s', async (_, more, message) => {
  await expect(read(more)).rejects.toMatchObject({
    code: 'CLI_EQUATION',
    message: expect.stringMatching(message) as string,
  })
})

test.each([
  ['measured', { measured: { at: [[0.1, 0.2]], values: {} } }],
  ['dirichlet', { dirichlet: {} }],
])('%s without an unknown', async (_, one) => {
  await expect(read({ axes: { x: [0, 1], t: [0, 1] }, conditions: [one] })).rejects.toMatchObject({
    code: 'INVALID_OPTION',
    message: expect.stringMatching(/gives no residual.*name at least one unknown/) as string,
  })
})
