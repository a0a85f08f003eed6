import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readEquation } from '../../../cli/src/equation/readEquation.js'
import { damagedText } from './damage.js'
import type { Format } from './format.js'

/** Equations with every part that a file may have. */
const equations = [
  {
    name: 'heat',
    axes: { x: [0, 1], t: [0, 1] },
    constants: { D: 0.1 },
    equations: ['u_t = D*u_xx'],
    conditions: [{ dirichlet: { u: 0 } }, { initial: { u: 'sin(pi*x)' } }],
    hard: { u: 'sin(pi*x) + x*(1 - x)*t*u' },
    exact: { u: 'exp(-D*pi^2*t)*sin(pi*x)' },
    points: { train: 4, test: 5, validation: 9 },
  },
  {
    name: 'two',
    axes: { x: [0, 1], y: [0, 2] },
    unknowns: ['u', 'v'],
    coefficients: { k: 1 },
    equations: ['k*u_xy - v = x^2 - y', 'v_yy + u^2 = (x*y)^2'],
    conditions: [
      { dirichlet: { u: 'x*y' }, on: ['x = 0', 'x = 1'] },
      { neumann: { u: 'x' }, on: ['y = 2'] },
      { robin: { v: { value: 2, normal: 1, equals: '2*y' } }, on: ['y = 0'] },
      { periodic: 'x' },
      { measured: { at: [[0.5, 1]], values: { u: [0.5] } } },
    ],
    points: { train: [4, 3], test: [5, 4], validation: 9 },
  },
  {
    name: 'plate',
    shape: {
      difference: [
        {
          polygon: [
            [0, 0],
            [1, 0],
            [0, 1],
          ],
        },
        {
          union: [
            { disc: { center: [0.2, 0.2], radius: 0.1 } },
            {
              box: [
                [0, 0.1],
                [0, 0.1],
              ],
            },
          ],
        },
      ],
    },
    equations: ['u_xx + u_yy = 1'],
    conditions: [{ dirichlet: { u: 0 } }],
    exact: { u: 'x*y' },
    points: { train: 4, test: 5, validation: 9 },
  },
].map((one) => JSON.stringify(one))

const odd = [
  ...['{', '}', '[', ']', '"', ':', ',', 'null', 'true', '\\u0000', '\n', '""', '"x"'],
  ...['1e999', '-', '0', '-1', '1e-300', '1e300', '0.5', '/0', '(', '^', '=', '*'],
  ...[
    'u',
    'v',
    'x',
    'u_xx',
    'u_xxxxx',
    'constructor',
    '__proto__',
    'log',
    'sqrt',
    'exp',
    'disc',
    'union',
    'mesh',
    'cloud',
  ],
]

const utf8 = new TextEncoder()

/** Equations in JSON: read, checked and made into problems, with their points, solutions and conditions. */
export const equationFormat = (folder: string): Format => ({
  name: 'equation',
  hdf5: false,
  // A shape that is almost empty is searched for points.
  seconds: 10,
  make: (random) => utf8.encode(damagedText(equations[random(equations.length)]!, odd, random)),
  async read(bytes) {
    const path = join(folder, 'case-equation.json')
    await writeFile(path, bytes)
    const problem = await readEquation(path)
    problem.points('train')
  },
})
