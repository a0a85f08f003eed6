import { add, coordsFrom, key, normal, reshape, tensor, toOperatorTensors } from '@spikeward/core'
import type { Coords, OperatorData, OperatorProblem } from '@spikeward/core'
import { atan, leakyIntegrateAndFire } from '@spikeward/neurons'
import { describe, expect, it } from 'vitest'
import {
  amplitudeTreatments,
  fno,
  fourierOperator,
  operatorNetwork,
  prepareOperator,
  spikingParts,
} from '../../src/index.js'
import { codeOf, f64, values } from '../operatorFixtures.js'

const small = { channels: 4, modes: 2, layers: 2, projection: 5 }
const units = { neuron: leakyIntegrateAndFire({ beta: 1 }), surrogate: atan(), time: 6 }

const line = (count: number): Float64Array => Float64Array.from({ length: count }, (_, i) => i / count)

/** u = 2 f + 1 at `points`, which are the sensors unless they are given. */
function problemOn(sensors: Float64Array, more: Partial<OperatorProblem> = {}): [OperatorProblem, OperatorData] {
  const at = more.at ?? ({ kind: 'grid', axes: [sensors] } as const)
  const width = at.kind === 'grid' ? at.axes[0]!.length : at.x.length
  const data: OperatorData = {
    count: 4,
    sensors: Float64Array.from({ length: 4 * sensors.length }, (_, i) => Math.sin(i * i)),
    values: Float64Array.from({ length: 4 * width }, (_, i) => 2 * Math.sin(i * i) + 1),
  }
  const problem: OperatorProblem = {
    kind: 'operator',
    name: 'twice',
    axes: ['x'],
    domain: [[0, 1]],
    outputs: 1,
    sensors: { x: sensors, count: sensors.length, axes: 1, grid: [sensors.length] },
    at,
    sizes: { train: 4, validation: 4, test: 4 },
    data: () => Promise.resolve(data),
    generator: null,
    physics: null,
    ...more,
  }
  return [problem, data]
}

describe('fourierOperator', () => {
  it.each([
    ['GELU', {}],
    ['spikes', { units }],
  ])('is fno of the normalised sensor values, shifted and scaled, with %s', async (_name, more) => {
    const network = fourierOperator({
      ...{ ...small, ...f64, ...more, grid: [8, 6] },
      input: { shift: 1, scale: 2 },
      output: { shift: [3], scale: [5] },
    })
    const plain = fno({ ...small, ...f64, axes: 2, ...('units' in more ? units : {}) })
    const variables = network.init(key(1))
    const f = normal(key(2), [3, 48], f64)
    const grid: Coords = { kind: 'grid', axes: [tensor([...line(8)], f64), tensor([...line(6)], f64)] }
    const field = network.apply(variables, add(f, add(f, 1)), grid)
    const bare = await values(plain.apply(variables.trained, reshape(f, [3, 8, 6, 1])))
    expect(field.shape).toEqual([3, 8, 6])
    ;(await values(field)).forEach((v, i) => expect(v).toBeCloseTo(3 + 5 * bare[i]!, 9))
  })

  it('refuses points off its grid, and functions of another number of sensors', () => {
    const network = fourierOperator({ ...small, grid: [8] })
    const variables = network.init(key(1))
    const f = normal(key(2), [3, 8])
    const places = { kind: 'points', x: tensor([[0.5]]) } as const
    expect(codeOf(() => network.apply(variables, f, places))).toBe('SHAPE_MISMATCH')
    expect(codeOf(() => network.apply(variables, f, { kind: 'grid', axes: [tensor([0, 1])] }))).toBe('SHAPE_MISMATCH')
    expect(codeOf(() => network.encode(variables, normal(key(2), [3, 9])))).toBe('SHAPE_MISMATCH')
    expect(codeOf(() => fourierOperator({ ...small, grid: [0] }))).toBe('INVALID_OPTION')
  })

  it('is made for a problem whose sensors and points are one grid; it spikes where a branch would', async () => {
    const [problem, train] = problemOn(line(8))
    const prepared = await prepareOperator(problem, train, fourierOperator)
    const { f, at } = toOperatorTensors(problem, train)
    const fields = await Promise.all(
      [spikingParts.none, spikingParts.trunk, spikingParts.branch].map((spiking) => {
        const { network } = operatorNetwork(prepared, { units, branch: [], trunk: [], features: 1, spiking }, small)
        return values(network.apply(network.init(key(0)), f, coordsFrom(at)))
      }),
    )
    expect(fields[0]).toHaveLength(32)
    expect(fields[1]).toEqual(fields[0])
    expect(fields[2]).not.toEqual(fields[0])
  })

  const elsewhere = { kind: 'grid', axes: [line(8).map((x) => x + 0.01)] } as const
  it.each([
    ['of another number of points', { at: { kind: 'grid', axes: [line(9)] } }, 'none'],
    ['at other places', { at: elsewhere }, 'none'],
    ['that are scattered', { at: { kind: 'points', axes: 1, x: line(8) } }, 'none'],
    ['beside a told amplitude', {}, 'tell'],
  ] as const)('is refused for solutions %s', async (_name, more, treatment) => {
    const [problem, train] = problemOn(line(8), more)
    const prepared = await prepareOperator(problem, train, fourierOperator, {
      amplitude: amplitudeTreatments[treatment],
    })
    expect(codeOf(() => operatorNetwork(prepared, { units, branch: [], trunk: [], features: 1 }, small))).toBe(
      'SHAPE_MISMATCH',
    )
  })
})
