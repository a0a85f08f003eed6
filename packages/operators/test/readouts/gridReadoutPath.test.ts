/** The last map of networks on a grid, solved by least squares. */
import { type HostCoords, type OperatorTensors, type Tensor, type Tree, key, normal, tensor } from '@spikeward/core'
import { atan, leakyIntegrateAndFire } from '@spikeward/neurons'
import { describe, expect, it } from 'vitest'
import {
  amplitude,
  fourierOperator,
  graph,
  operatorSolvers,
  ridgeReadout,
  transformer,
  unet,
  withAmplitude,
  wno,
} from '../../src/index.js'
import type { GridNetwork, GridParams } from '../../src/grids/gridOperator.js'
import { f64, values } from '../operatorFixtures.js'

const points = Float64Array.from({ length: 16 }, (_, i) => i / 16)
const nodes: HostCoords = { kind: 'grid', axes: [points] }
const units = { neuron: leakyIntegrateAndFire({ beta: 0.9 }), surrogate: atan(), time: 8 }
const common = { outputs: 2, output: { shift: [0.3, -1], scale: [2, 0.5] }, ...f64 }
const onGrid = { grid: [16], ...common }
const networks = {
  fourierOperator: fourierOperator({ ...onGrid, channels: 3, modes: 3, layers: 2, projection: 7 }),
  spiking: fourierOperator({ ...onGrid, channels: 3, modes: 3, layers: 2, projection: 7, units }),
  wno: wno({ ...onGrid, channels: 3, averages: 1, layers: 2, projection: 7 }),
  graph: graph({ nodes, ...common, channels: 3, layers: 1, projection: 7 }),
  transformer: transformer({ nodes, ...common, channels: 4, heads: 2, slices: 3, layers: 1, neurons: 5 }),
  unet: unet({ ...onGrid, channels: 3, levels: 1, periodic: [true] }),
}
type Grid = GridNetwork<GridParams>

const f = normal(key(8), [11, 16], f64)
const at = { kind: 'grid', axes: [tensor(points, f64)] } as const
const dataOf = (u: Tensor): OperatorTensors => ({ f, u, at: at as unknown as OperatorTensors['at'] })
const solved = (network: Grid, parts: object, penalties: readonly number[]) =>
  operatorSolvers({ parts } as never, network).path!(penalties)

describe.each(Object.entries(networks))('%s', (_, given) => {
  const network = given as unknown as Grid
  const truth = network.init(key(0))
  const other = network.init(key(9)).trained.out
  const start = { ...truth, trained: { ...truth.trained, out: other } }

  it.each([false, true])('finds the last map that made the data, within an amplitude: %s', async (isDivided) => {
    const size = amplitude({ unit: 1.5 })
    const whole = isDivided ? withAmplitude(network as never, size) : network
    const apply = (v: Tree) => values(whole.apply(v as never, f, at))
    const data = dataOf(whole.apply(truth, f, at))
    const [trained] = solved(network, isDivided ? { amplitude: size } : {}, [1e-13])(start, data, 'f64')
    const found = await apply({ ...start, trained: trained! })
    ;(await apply(truth)).forEach((v, i) => expect(found[i]).toBeCloseTo(v, 4))
  })

  it('is the ridge regression of the outputs on the features of all points, for each penalty', async () => {
    const u = normal(key(3), [11, 16, 2], f64)
    const features = await values(network.pointFeatures(start, f))
    const { shift, scale } = common.output
    const targets = (await values(u)).map((v, i) => (v - shift[i % 2]!) / scale[i % 2]!)
    const penalties = [1e-3, 0.1]
    const each = solved(network, {}, penalties)(start, dataOf(u), 'f64')
    for (const [i, penalty] of penalties.entries()) {
      const { weight, bias } = ridgeReadout(features, targets, 11 * 16, penalty)
      const { out } = each[i] as GridParams
      const found = [...(await values(out.weight)), ...(await values(out.bias))]
      const wanted = [...weight, ...bias]
      found.forEach((w, j) => expect(Math.abs(w - wanted[j]!)).toBeLessThan(1e-6 * (1 + Math.abs(wanted[j]!))))
    }
  })
})
