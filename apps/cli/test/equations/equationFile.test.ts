/** Equations as JSON files: what they mean, and how wrong ones are refused. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Coords, key, tensor, zeros } from '@spikeward/core'
import { encodeNpy } from '@spikeward/problems/node'
import { describePinnProblem } from '@spikeward/testkit'
import { afterAll, describe, expect, it } from 'vitest'
import { numberArithmetic, parseFormulaIn, tensorArithmetic } from '@spikeward/experiment'
import { readEquation } from '@spikeward/experiment/node'
import { run } from '../fakeIo.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-equation-file-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const file = (name: string, content: unknown): string => {
  const path = join(folder, `${name}.json`)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

const heat = {
  name: 'heat',
  axes: { x: [0, 1], t: [0, 1] },
  constants: { D: 0.1 },
  equations: ['u_t = D*u_xx'],
  conditions: [{ dirichlet: { u: 0 } }, { initial: { u: 'sin(pi*x)' } }],
  hard: { u: 'sin(pi*x) + x*(1 - x)*t*u' },
  exact: { u: 'exp(-D*pi^2*t)*sin(pi*x)' },
  points: { train: 6, test: 7, validation: 20 },
}
const heatProblem = await readEquation(file('heat', heat))
describePinnProblem(() => heatProblem, { name: 'heat of a file' })

/** Two unknowns, a mixed derivative, a Robin and a Neumann condition, an unknown coefficient. */
const system = {
  name: 'system',
  axes: { x: [0, 1], y: [0, 2] },
  unknowns: ['u', 'v'],
  coefficients: { k: 1 },
  equations: ['k*u_xy - v = x^2 - y', 'v_yy + u^2 - (x*y)^2 = 0'],
  conditions: [
    { dirichlet: { u: 'x*y' }, on: ['x = 0', 'x = 1'] },
    { neumann: { u: 'x' }, on: ['y = 2'] },
    { robin: { v: { value: 2, normal: 1, equals: '2*(3 + y - x^2) - 1' } }, on: ['y = 0'] },
    { measured: { at: [[0.5, 1]], values: { u: [0.5] } } },
  ],
  exact: { u: 'x*y', v: '3 + y - x^2' },
  points: { train: 4, test: 5, validation: 20 },
}
const systemProblem = await readEquation(file('system', system))
describePinnProblem(() => systemProblem, { name: 'a system of a file', coefficients: { k: 3 } })

/** A plate with a hole of a file, named sides, and measurements of a table. */
writeFileSync(join(folder, 'plate.csv'), 'x,y,ring\n0,0,0\n2,0,0\n2,2,0\n0,2,0\n0.5,0.5,1\n1,0.5,1\n1,1,1\n')
writeFileSync(join(folder, 'probes.csv'), 'y,x,u\n1.5,1.5,2.25\n0.2,0.5,0.1\n')
const plate = {
  name: 'plate',
  shape: { polygon: 'plate.csv' },
  coefficients: { k: 1 },
  equations: ['k*(u_xx + u_yy) = 0'],
  conditions: [{ dirichlet: { u: 'x*y' }, on: ['outline', 'hole 1'] }, { measured: { file: 'probes.csv' } }],
  exact: { u: 'x*y' },
  points: { train: 4, test: 5, validation: 20 },
}
const plateProblem = await readEquation(file('plate', plate))
describePinnProblem(() => plateProblem, { name: 'a plate of files', coefficients: { k: 3 } })

it('holes may stand in the equation, and are those of a file of corners', async () => {
  const corners = [
    [0, 0],
    [2, 0],
    [2, 2],
    [0, 2],
  ]
  const hole = [
    [0.5, 0.5],
    [1, 0.5],
    [1, 1],
  ]
  const inline = await readEquation(file('inline', { ...plate, shape: { polygon: { corners, holes: [hole] } } }))
  expect(inline.points('test')).toEqual(plateProblem.points('test'))
})

it('the file of measurements is named where it is missing', async () => {
  const conditions = [{ measured: { file: 'none.csv' } }]
  await expect(readEquation(file('none', { ...plate, conditions }))).rejects.toMatchObject({
    code: 'DATA_FILE_NOT_FOUND',
    message: expect.stringContaining('none.csv') as string,
  })
})

/** Two layers of conductivity 1 and 3 that meet at x = 1/2; a disc of conductivity 2 in a plate of conductivity 1. */
const layers = {
  name: 'layers',
  axes: { x: [0, 1] },
  unknowns: ['u', 'v'],
  equations: ['u_xx = 0', 'v_xx = 0'],
  conditions: [
    { dirichlet: { u: 0 }, on: ['x = 0'] },
    { dirichlet: { v: 1 }, on: ['x = 1'] },
    { interface: { between: ['u', 'v'], at: { x: 0.5 }, coefficients: [1, 3], jump: '2*x - 1' } },
  ],
  exact: { u: '1.5*x', v: '0.5 + 0.5*x' },
  points: { train: 6, test: 7, validation: 20 },
}
const layersProblem = await readEquation(file('layers', layers))
describePinnProblem(() => layersProblem, { name: 'two layers of a file' })

const inclusion = {
  name: 'inclusion',
  axes: { x: [-1, 1], y: [-1, 1] },
  unknowns: ['u', 'v'],
  equations: ['u_xx + u_yy = 4', 'v_xx + v_yy = 8'],
  conditions: [
    { interface: { between: ['u', 'v'], at: { disc: { center: [0, 0], radius: 0.5 } }, coefficients: [2, 1] } },
  ],
  exact: { u: 'x^2 + y^2', v: '2*(x^2 + y^2) - 0.25' },
  points: { train: 4, test: 5, validation: 20 },
}
const inclusionProblem = await readEquation(file('inclusion', inclusion))
describePinnProblem(() => inclusionProblem, { name: 'a disc in a plate of a file' })

/** A beam fixed at one end: the bending moment and the shear force are zero at the other. */
const beam = {
  name: 'beam',
  axes: { x: [0, 1] },
  equations: ['u_xxxx + 1 = 0'],
  conditions: [
    { dirichlet: { u: 0 }, on: ['x = 0'] },
    { neumann: { u: 0 }, on: ['x = 0'] },
    { equation: 'u_xx = 0', at: { x: 1 } },
    { equation: 'u_xxx = 0', at: { x: 1 } },
  ],
  exact: { u: '-x^4/24 + x^3/6 - x^2/4' },
  points: { train: 6, test: 7, validation: 20 },
}
const beamProblem = await readEquation(file('beam', beam))
describePinnProblem(() => beamProblem, { name: 'a beam of a file' })

it('an equation of a condition names the coordinate where it holds', async () => {
  const at = (condition: object) => readEquation(file('beam', { ...beam, conditions: [condition] }))
  await expect(at({ equation: 'u_xx = 0' })).rejects.toThrow(/holds at one coordinate: give both/)
  await expect(at({ dirichlet: { u: 0 }, at: { x: 1 } })).rejects.toThrow(/holds at one coordinate: give both/)
  await expect(at({ equation: 'v_xx = 0', at: { x: 1 } })).rejects.toMatchObject({ code: 'CLI_EXPRESSION' })
  await expect(at({ equation: 'u_xx = 0', at: { x: 2 } })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
})

it('a file may begin with a byte order mark', async () => {
  const { name } = await readEquation(file('marked', `\uFEFF${JSON.stringify(heat)}`))
  expect(name).toBe('heat')
})

it('a shape of a file is a mesh beside it', async () => {
  const [nodes, elements] = ['3\n1 0 0 0\n2 2 0 0\n3 0 3 0', '1\n1 2 0 1 2 3']
  const mesh = `$MeshFormat\n2.2 0 8\n$EndMeshFormat\n$Nodes\n${nodes}\n$EndNodes\n$Elements\n${elements}\n$EndElements\n`
  writeFileSync(join(folder, 'corner.msh'), mesh)
  const content = { name: 'corner', shape: { mesh: 'corner.msh' }, equations: ['u_xx + u_yy = 1'] }
  const { domain, axes } = await readEquation(file('corner', content))
  expect(domain).toEqual([
    [0, 2],
    [0, 3],
  ])
  expect(axes).toEqual(['x', 'y'])
  await expect(readEquation(file('corner', { ...content, shape: { mesh: 'none.msh' } }))).rejects.toThrow(
    /none\.msh: there is no such file/,
  )
})

it('a shape of a file is a cloud of points beside it, from which steps draw', async () => {
  const corners = [0, 1, 2, 3].map((i) => [Math.cos((i * Math.PI) / 2), Math.sin((i * Math.PI) / 2)])
  const inner = corners.map(([x, y]) => [x! / 2, y! / 2])
  writeFileSync(join(folder, 'inside.csv'), ['x,y', ...inner.map((p) => p.join(','))].join('\n'))
  writeFileSync(join(folder, 'border.npy'), encodeNpy({ shape: [4, 2], data: Float64Array.from(corners.flat()) }))
  const cloud = { points: 'inside.csv', boundary: 'border.npy' }
  const content = {
    name: 'star',
    shape: { cloud },
    equations: ['u_xx + u_yy = 1'],
    conditions: [{ neumann: { u: 0 } }],
  }
  const { physics, domain } = await readEquation(file('star', content))
  expect(domain).toEqual([
    [-1, 1],
    [-1, 1],
  ])
  const drawn = physics.conditions[0]!.region.points(key(1), 40) as Coords & { kind: 'points' }
  const [x, normal] = [await drawn.x.data(), await drawn.normal!.data()]
  // On a circle the normal is the point.
  x.forEach((v, i) => expect(normal[i]).toBeCloseTo(v, 5))
  const inside = physics.interior.points(key(1), 40) as Coords & { kind: 'points' }
  for (const v of await inside.x.data()) expect([0, 0.5]).toContainEqual(expect.closeTo(Math.abs(v), 5))
  const without = { ...content, shape: { cloud: { points: 'inside.csv' } } }
  await expect(readEquation(file('star', without))).rejects.toThrow(/the shape has no boundary/)
  await expect(
    readEquation(file('star', { ...content, shape: { cloud: { points: 'inside.csv', normals: 'border.npy' } } })),
  ).rejects.toThrow(/without a boundary/)
})

it('a shape of a file is made of others, and has its boundary', async () => {
  const shape = {
    difference: [
      {
        box: [
          [0, 1],
          [0, 1],
        ],
      },
      { disc: { center: [0, 0], radius: 0.5 } },
    ],
  }
  const { physics, domain } = await readEquation(
    file('plate', { name: 'plate', shape, equations: ['u_xx + u_yy + 1'], conditions: [{ dirichlet: { u: 0 } }] }),
  )
  expect(domain).toEqual([
    [0, 1],
    [0, 1],
  ])
  const at = physics.interior.points(key(1), 50)
  const x = at.kind === 'points' ? await at.x.data() : []
  for (let p = 0; p < 50; p++) expect(Math.hypot(x[2 * p]!, x[2 * p + 1]!)).toBeGreaterThan(0.5)
  expect(physics.order).toEqual([2, 2])
})

it('the same formula on overlapping parts of a boundary is one condition, and another formula is refused', async () => {
  const plate = async (onSide: string) => {
    const conditions = [{ dirichlet: { u: 'x + y' } }, { dirichlet: { u: onSide }, on: ['x = 1'] }]
    const axes = { x: [0, 1], y: [0, 1] }
    return readEquation(file('overlap', { name: 'overlap', axes, equations: ['u_xx + u_yy'], conditions }))
  }
  expect((await plate('x + y')).notes).toBeUndefined()
  await expect(plate('x - y')).rejects.toThrow(/hold on the same part of the boundary/)
})

it('formulas of tensors are those of numbers', async () => {
  const text =
    'sin(x)*cos(x) - tan(x)/exp(-x) + sinh(x)^3 - cosh(x)*tanh(x)^2 + log(x)*sqrt(x) - abs(-x) + sign(x) + min(x, 1) - max(x, 2, 3) + 2^x + x^-2'
  const known = { has: (name: string) => name === 'x', shown: ['x'] }
  const [ofTensor, ofNumber] = [
    parseFormulaIn(tensorArithmetic, text, known),
    parseFormulaIn(numberArithmetic, text, known),
  ]
  const x = [0.3, 0.7, 1.4]
  const found = ofTensor(() => tensor(x, { dtype: 'f64' }))
  if (typeof found === 'number' || typeof found === 'boolean') throw new Error('a number')
  const values = await found.data()
  x.forEach((v, i) =>
    expect(values[i]).toBeCloseTo(
      ofNumber(() => v),
      5,
    ),
  )
  expect(parseFormulaIn(tensorArithmetic, '2^3 + pi', known)(() => zeros([]))).toBe(8 + Math.PI)
})

describe('refusals', () => {
  it.each<[string, unknown, RegExp]>([
    ['no JSON', '{ "name": ', /is no JSON.*CLI_EQUATION/],
    ['an unknown key', { ...heat, equation: 'u_t' }, /Unrecognized key.*equation.*CLI_EQUATION/],
    ['a missing key', { name: 'a', axes: { x: [0, 1] } }, /equations: .*CLI_EQUATION/],
    [
      'two kinds of a condition',
      { ...heat, conditions: [{ dirichlet: { u: 0 }, periodic: 'x' }] },
      /conditions\.0: a condition has one/,
    ],
    ['an interval of one number', { ...heat, axes: { x: [0], t: [0, 1] } }, /axes\.x/],
    ['neither axes nor shape', { name: 'a', equations: ['u'] }, /neither axes nor a shape/],
    ['a name that nothing has', { ...heat, equations: ['u_t = D*w_xx'] }, /there is no "w_xx".*CLI_EXPRESSION/],
    ['a derivative along no axis', { ...heat, equations: ['u_t = u_zz'] }, /there is no "u_zz"/],
    ['two signs of equality', { ...heat, equations: ['u = 1 = 2'] }, /more than one "="/],
    ['an exact solution of one unknown', { ...system, exact: { u: 'x' } }, /exact has no v/],
    [
      'an interface of no unknown',
      { ...layers, conditions: [{ interface: { between: ['u', 'w'], at: { x: 0.5 } } }] },
      /an interface between u and w, .*CLI_EQUATION/,
    ],
    [
      'an interface at a coordinate of no axis',
      { ...layers, conditions: [{ interface: { between: ['u', 'v'], at: { z: 0.5 } } }] },
      /a condition at z = 0.5; the axes of the equation are x.*INVALID_OPTION/,
    ],
    [
      'an interface at no place',
      { ...layers, conditions: [{ interface: { between: ['u', 'v'], at: {} } }] },
      /an interface at no coordinate.*INVALID_OPTION/,
    ],
    [
      'an interface at two coordinates',
      { ...layers, conditions: [{ interface: { between: ['u', 'v'], at: { x: 0.5, y: 0.5 } } }] },
      /an interface that fixes x and y.*INVALID_OPTION/,
    ],
    ['a side that is none', { ...heat, conditions: [{ dirichlet: { u: 0 }, on: ['z = 0'] }] }, /z = 0.*INVALID_OPTION/],
  ])('%s', async (_, content, message) => {
    const ran = await run('train', file('wrong', content), '--steps', '1', '--out', join(folder, 'never'))
    expect(ran.code).not.toBe(0)
    expect(ran.err).toMatch(message)
  })
})

it('trains by the command line, with Gauss–Newton by default', async () => {
  const ran = await run(
    ...['train', '--problem', file('heat', heat), '--spiking', 'none', '--hidden', '5', '--collocation', '8'],
    ...['--backend', 'reference', '--steps', '2', '--no-figures', '--quiet', '--json', '--out', join(folder, 'run')],
  )
  expect([ran.code, ran.err]).toEqual([0, ''])
  expect(JSON.parse(ran.out)).toMatchObject({ estimator: 'gaussNewton', steps: 2 })
})

it('finds an unknown coefficient that varies, as a further unknown, from measurements of the solution', async () => {
  const at = Array.from({ length: 20 }, (_, i) => (i + 0.5) / 20)
  const stiffness = {
    name: 'stiffness',
    axes: { x: [0, 1] },
    unknowns: ['u', 'k'],
    equations: ['(k_x*u_x + k*u_xx - pi/2*cos(pi*x) + (1 + x/2)*pi^2*sin(pi*x))/10'],
    conditions: [{ measured: { at: at.map((x) => [x]), values: { u: at.map((x) => Math.sin(Math.PI * x)) } } }],
    exact: { u: 'sin(pi*x)', k: '1 + x/2' },
    points: { train: 5, test: 20, validation: 20 },
  }
  const ran = await run(
    ...['train', '--problem', file('stiffness', stiffness), '--spiking', 'none', '--hidden', '12', '--steps', '60'],
    ...['--collocation', '30', '--backend', 'cpu', '--threads', '1', '--no-figures', '--quiet', '--json'],
    ...['--out', join(folder, 'stiffness')],
  )
  expect(ran.code).toBe(0)
  expect((JSON.parse(ran.out) as { relativeL2: number }).relativeL2).toBeLessThan(0.02)
})

it('draws the solution in the shape of the equation, with its boundary', async () => {
  const shape = {
    difference: [
      {
        box: [
          [-1, 1],
          [-1, 1],
        ],
      },
      { disc: { center: [0, 0], radius: 0.5 } },
    ],
  }
  const plate = {
    name: 'plate',
    shape,
    equations: ['u_xx + u_yy = 4'],
    exact: { u: 'x^2 + y^2' },
    points: { test: 12 },
  }
  const out = join(folder, 'drawn')
  const ran = await run(
    ...['train', '--problem', file('drawn', plate), '--spiking', 'none', '--hidden', '5', '--collocation', '8'],
    ...['--backend', 'reference', '--steps', '1', '--quiet', '--out', out],
  )
  expect([ran.code, ran.err]).toEqual([0, ''])
  const svg = readFileSync(join(out, 'result.svg'), 'utf8')
  expect(svg.match(/xlink:href="data:/g)).toHaveLength(3)
  // Four sides and the hole, in each of the three panels.
  expect(svg.match(/aria-roledescription="line mark"/g)).toHaveLength(15)
})

/** The output of a training of one step on an equation of order 4. */
async function saidOf(name: string, ...more: readonly string[]): Promise<string> {
  const beam = {
    name: 'beam',
    axes: { x: [0, 1] },
    equations: ['u_xxxx = 24'],
    conditions: [{ dirichlet: { u: 0 } }],
    points: { train: 4, test: 5, validation: 20 },
  }
  const small = ['--steps', '1', '--hidden', '4', '--collocation', '4', '--backend', 'reference', '--no-figures']
  const { code, err } = await run('train', file(name, beam), ...small, '--out', join(folder, name), ...more)
  expect(code, err).toBe(0)
  return err
}

it('an equation of order 4 says what a stencil adds to its derivatives, and what to give', async () => {
  expect(await saidOf('dense', '--spiking', 'none')).toMatch(
    /order 4.*1e-7\/h\^4.*scale the equation.*, or give --derivative exact/,
  )
  expect(await saidOf('spikes', '--spiking', 'branch,trunk')).toMatch(/give --spiking none --derivative exact/)
  expect(await saidOf('exact', '--spiking', 'none', '--derivative', 'exact')).not.toContain('stencil')
})

it('one small network in each of overlapping subdomains solves an equation of many waves', async () => {
  const waves = {
    name: 'waves',
    axes: { x: [0, 2] },
    equations: ['u_x = cos(15*x)'],
    conditions: [{ dirichlet: { u: 0 }, on: ['x = 0'] }],
    exact: { u: 'sin(15*x)/15' },
  }
  const text =
    '--subdomains 8 --hidden 10 --collocation 300 --steps 12 --damping 1e-4 --precision f64 --spiking none --derivative exact --backend cpu --quiet --no-figures --json'
  const ran = await run('train', file('waves', waves), ...text.split(' '), '--out', join(folder, 'waves'))
  expect(ran.err).toBe('')
  const { relativeL2, parameters } = JSON.parse(ran.out) as Record<string, number>
  expect([parameters, relativeL2! < 0.01]).toEqual([241, true])
})
