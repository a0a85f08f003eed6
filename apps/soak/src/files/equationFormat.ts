import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readEquation } from '@spikeward/experiment/node'
import type { Random } from '../randomOf.js'
import { damagedText } from './damage.js'
import type { Format } from './format.js'

/** Valid equations that are damaged: a hard constraint, two unknowns with several kinds of conditions, a shape. */
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
]

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

/** Values in the place of others. */
const values: readonly unknown[] = [
  ...[null, true, 0, -1, 0.5, 3, 1e-300, 1e300, 2 ** 20, 2 ** 24, 2 ** 31, '', 'x', 'u', 'y'],
  ...['1/0', '0/0', 'log(-1 - x)', 'exp(1e9*x)', 'u_xxxx', 'u_xxxxx = 1', 'u = v', 'pi', 'constructor', '__proto__'],
  ...[
    [],
    {},
    [0, 0],
    [1, 0],
    [[0, 0]],
    { x: 1 },
    { u: 0 },
    { u: '1/0' },
    { constructor: 1 },
    { disc: { center: [9, 9], radius: 1 } },
  ],
]

/** The record with one of its parts replaced, removed, repeated or damaged as a text. */
function damagedPart(part: unknown, random: Random): unknown {
  const deeper = random(4) > 0
  if (Array.isArray(part) && part.length > 0 && deeper) {
    const at = random(part.length)
    if (random(8) === 0) return [...(part as unknown[]), part[at]]
    return part.map((one: unknown, i) => (i === at ? damagedPart(one, random) : one))
  }
  if (typeof part === 'object' && part !== null && !Array.isArray(part) && deeper) {
    const entries = Object.entries(part)
    const at = random(entries.length)
    if (random(8) === 0) return Object.fromEntries(entries.filter((_, i) => i !== at))
    return Object.fromEntries(entries.map(([name, one], i) => [name, i === at ? damagedPart(one, random) : one]))
  }
  if (typeof part === 'string' && random(2) === 0) return damagedText(part, odd, random)
  return values[random(values.length)]
}

const utf8 = new TextEncoder()

/** Equations in JSON: read, checked and made into problems, with their points, solutions and conditions. */
export const equationFormat = (folder: string): Format => ({
  name: 'equation',
  hdf5: false,
  // A shape that is almost empty is searched for points.
  seconds: 10,
  make(random) {
    let equation: unknown = equations[random(equations.length)]!
    if (random(4) === 0) return utf8.encode(damagedText(JSON.stringify(equation), odd, random))
    for (let times = 1 + random(2); times > 0; times--) equation = damagedPart(equation, random)
    return utf8.encode(JSON.stringify(equation))
  },
  async read(bytes) {
    const path = join(folder, 'case-equation.json')
    await writeFile(path, bytes)
    const problem = await readEquation(path)
    problem.points('train')
  },
})
