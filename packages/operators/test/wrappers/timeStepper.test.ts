import { type Coords, type Tensor, add, key, linspace, normal, reshape, slice, tensor } from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import { fourierOperator, graph, timeStep, timeStepper, transformer, unet, wno } from '../../src/index.js'
import { f64, values } from '../operatorFixtures.js'

const [n, channels, points] = [3, 2, 16]
const space: Coords = { kind: 'grid', axes: [linspace(0, 1, points, 'f64')] }
const over = (times: number): Coords => ({ kind: 'grid', axes: [...space.axes, linspace(1, times, times, 'f64')] })
const common = { inputs: channels, outputs: channels, ...f64, output: { shift: [0.1, 0], scale: [0.01, 0.02] } }
const nodes = { kind: 'grid', axes: [Float64Array.from({ length: points }, (_, i) => i / points)] } as const
const rows = normal(key(3), [n, channels * points], f64)
const step = fourierOperator({ ...common, grid: [points], channels: 4, modes: 3, layers: 2, projection: 5 })

describe('timeStepper', () => {
  it.each([2, 20])('gives the fields after each of %i steps, time and channels last', async (times) => {
    const variables = step.init(key(1))
    const field = timeStepper(step).apply(variables, rows, over(times))
    expect(field.shape).toEqual([n, points, times, channels])
    const advance = timeStep(step, space)
    let u: Tensor = rows
    for (let t = 0; t < times; t++) {
      u = advance(variables, u)
      const frame = await values(slice(field, [0, 0, t, 0], [n, points, t + 1, channels]))
      const own = await values(u)
      for (let s = 0; s < n; s++)
        for (let p = 0; p < points; p++)
          for (let c = 0; c < channels; c++)
            expect(frame[(s * points + p) * channels + c]).toBeCloseTo(own[(s * channels + c) * points + p]!, 10)
    }
  })

  it('adds the increment of the network to the field', async () => {
    const variables = step.init(key(1))
    const one = await values(timeStepper(step).apply(variables, rows, over(1)))
    const increment = reshape(step.apply(variables, rows, space), [n, points, channels])
    const field = await values(increment)
    const own = await values(rows)
    expect(one[1]).toBeCloseTo(field[1]! + own[points]!, 10)
    expect(one[2]).toBeCloseTo(field[2]! + own[1]!, 10)
  })

  it('refuses points, and a grid without time', () => {
    const variables = step.init(key(1))
    expect(() => timeStepper(step).apply(variables, rows, space)).toThrow('time as the last one; 1 axes were given')
    const scattered: Coords = { kind: 'points', x: tensor([[0, 1]], f64) }
    expect(() => timeStepper(step).apply(variables, rows, scattered)).toThrow('points were given')
  })
})

describe('several input functions on one grid', () => {
  const place = { ...common, grid: [points], periodic: [true] }
  it.each([
    ['fno', step],
    ['wno', wno({ ...place, channels: 4, averages: 4, layers: 2, projection: 5 })],
    ['unet', unet({ ...place, channels: 4, levels: 1 })],
    ['graph', graph({ ...common, nodes, periodic: [true], channels: 4, scales: 2, layers: 2, projection: 5 })],
    [
      'transformer',
      transformer({ ...common, nodes, periodic: [true], channels: 4, heads: 2, slices: 3, layers: 1, neurons: 5 }),
    ],
  ])('each reach the output of %s', async (_, network) => {
    const variables = network.init(key(1)) as never
    const apply = (v: never, f: Tensor, at: Coords): Tensor => network.apply(v, f, at)
    const [first] = [await values(apply(variables, rows, space))]
    expect(first.length).toBe(n * points * channels)
    for (const c of [0, 1]) {
      const bump = tensor(
        Array.from({ length: channels * points }, (_x, i) => (Math.floor(i / points) === c ? 1 : 0)),
        f64,
      )
      expect(await values(apply(variables, add(rows, bump), space))).not.toEqual(first)
    }
    expect(() => apply(variables, slice(rows, [0, 0], [n, points]), space)).toThrow(`[N, ${channels * points}]`)
  })
})
