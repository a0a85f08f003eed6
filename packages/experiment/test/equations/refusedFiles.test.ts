/**
 * Equation files whose parts do not fit together, are not finite or too many are refused before anything is trained.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readEquation } from '../../src/node/equation/readEquation.js'

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
  ['a corner of one number', { shape: { polygon: [[0, 0], [1]] } }, /shape\.polygon\.1\.?1?: .*(expected|>=)/],
  ['a polygon without holes', { shape: { polygon: { corners: [[0, 0]] } } }, /shape\.polygon\.holes: .*expected array/],
  [
    'a polygon of a number',
    { shape: { polygon: 3 } },
    /shape\.polygon: give a list of corners, .*or the path of a file/,
  ],
  [
    'measurements without values',
    { conditions: [{ measured: { at: [[0.1]] } }] },
    /conditions\.0\.measured\.values: .*expected record/,
  ],
  ['measurements of a path', { conditions: [{ measured: 'a.csv' }] }, /conditions\.0\.measured: give .* or of "file"/],
  ['products of 6 KB', { equations: [`u_xx + u${'*u'.repeat(2900)}`] }, /equation 1 has 2901 operations.*at most 500/],
  ['calls of 6 KB', { equations: ['u_xx', `u_xx ${'+ sin(u)'.repeat(700)}`] }, /equation 2 has 1400 operations/],
  [
    'many long equations',
    {
      unknowns: Array.from({ length: 5 }, (_, i) => `u${i}`),
      equations: Array(5).fill(`u0_xx${'+u1'.repeat(401)}`),
      conditions: [],
    },
    /all formulas together have 2005 operations, and at most 2000/,
  ],
  [
    'long conditions',
    { conditions: Array(9).fill({ dirichlet: { u: `0${'+x'.repeat(300)}` } }) },
    /all formulas together have 2700 operations/,
  ],
  [
    'a given truth',
    { conditions: [{ dirichlet: { u: true } }] },
    /dirichlet\.u: give a formula in quotes, or a number/,
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

const axes = { x: [0, 1], t: [0, 1] }
test.each<readonly [string, object, RegExp]>([
  ['a boundary value that is infinite', { conditions: [{ dirichlet: { u: '1/0' } }] }, /u = g on x = 0 is infinite/],
  ['a boundary value that is NaN', { conditions: [{ neumann: { u: 'log(-1 - x)' } }] }, /du\/dn = g on x = 0 is NaN/],
  ['an initial value', { axes, conditions: [{ initial: { u: 'sqrt(-1 - x)' } }] }, /u = g at t = 0 is NaN/],
  ['a rate', { axes, conditions: [{ initial: { u: 0 }, rates: { u: 'x/0' } }] }, /du\/dt = g at t = 0 is/],
])('%s', async (_, more, message) => {
  await expect(read(more)).rejects.toMatchObject({
    code: 'CLI_EQUATION',
    message: expect.stringMatching(message) as string,
  })
})

test.each([
  ['0/0', 'NaN'],
  ['1/(x - x)', 'Infinity'],
  ['log(x - 2)', 'NaN'],
  ['exp(10000*x)', 'Infinity'],
])('an exact solution %s is refused before a training', async (formula, value) => {
  await expect(read({ exact: { u: formula } })).rejects.toMatchObject({
    code: 'INVALID_OPTION',
    message: expect.stringMatching(
      `own: the exact solution at \\(.*\\) is \\(${value}\\); give one finite number`,
    ) as string,
  })
})

test('numbers that JSON takes for infinite', async () => {
  const path = join(folder, 'infinite.json')
  for (const part of ['"constants":{"k":1e999}', '"coefficients":{"k":-1e999}', '"axes":{"x":[0,1e999]}']) {
    const whole = `{"name":"own","axes":{"x":[0,1]},"equations":["u_xx = 1"],"conditions":[{"dirichlet":{"u":0}}]}`
    const text = part.startsWith('"axes"') ? whole.replace('"axes":{"x":[0,1]}', part) : whole.replace('{', `{${part},`)
    writeFileSync(path, text)
    await expect(readEquation(path)).rejects.toMatchObject({ code: 'CLI_EQUATION' })
  }
})

test('a name that occurs twice, of which the first was ignored', async () => {
  const path = join(folder, 'twice.json')
  writeFileSync(path, '{"name":"own","axes":{"x":[0,1]},"equations":["u_x = 1"],"constants":{"k":1,"k":2}}')
  await expect(readEquation(path)).rejects.toMatchObject({
    code: 'CLI_EQUATION',
    message: expect.stringContaining('the name "k" occurs twice in one record') as string,
  })
})

test('an unknown and constants may have the names of what every object has', async () => {
  const problem = await read({
    unknowns: ['constructor', 'toString'],
    constants: { valueOf: 2 },
    equations: ['constructor_xx = valueOf', 'toString_x = 1'],
    conditions: [{ dirichlet: { constructor: 'valueOf*x' } }],
    hard: { toString: 'x*toString' },
    exact: { constructor: 'x^2 - x', toString: 'x' },
  })
  expect(problem.target!([0.5])).toEqual([-0.25, 0.5])
  await expect(read({ unknowns: ['toString'], equations: ['toString_x = 1'], exact: {} })).rejects.toThrow(
    /exact has no toString/,
  )
})

test('a derivative of no unknown: the message lists the unknowns and their derivatives', async () => {
  const wrong = read({ unknowns: ['u'], equations: ['u_x + v_xx = 1'] })
  await expect(wrong).rejects.toThrow(
    /there is no "v_xx"; variables: x, u, u_x, u_xx, and derivatives of order 3 and 4; functions/,
  )
})

test('more equations and conditions than a program of a step should hold', async () => {
  const one = { dirichlet: { u: 0 } }
  for (const more of [{ conditions: Array(1001).fill(one) }, { equations: Array(101).fill('u_x = 1') }])
    await expect(read(more)).rejects.toMatchObject({
      code: 'CLI_EQUATION',
      message: expect.stringMatching(/at most 1000 conditions; state measurements|at most 100 equations/) as string,
    })
})
