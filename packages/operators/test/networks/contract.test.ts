/** The contract of networks: every declared one has a row here. */
import {
  add,
  cast,
  coordsPoints,
  declaredIn,
  jit,
  jvp,
  key,
  mul,
  normal,
  slice,
  tensor,
  treeLeaves,
  treeMap,
} from '@spikeward/core'
import type { Coords, OperatorNetwork, SequenceNetwork, Tensor, Tree } from '@spikeward/core'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { describe, expect, it } from 'vitest'
import * as operators from '../../src/index.js'
import { f64, smooth, spiking, values } from '../operatorFixtures.js'

const {
  cnn,
  convolutionalDeepOnet,
  deepOnet,
  fourierOperator,
  graph,
  gruNetwork,
  lstmNetwork,
  mioNet,
  pinn,
  podDeepOnet,
  recurrentNetwork,
  separablePinn,
  sepOnet,
  spikingMlp,
  transformer,
  unet,
  wno,
} = operators

/** Variables from a key, and outputs for a number of samples. */
type Row = {
  readonly init: (from: number) => Tree
  readonly apply: (variables: Tree, samples: number) => Tensor
  /** The output for one sample. */
  readonly shape: readonly number[]
  /** The same output at the points of the grid; absent: it has no grid. */
  readonly atPoints?: (variables: Tree, samples: number) => Tensor
  /** Whether the outputs are smooth in the variables. Default true. */
  readonly isSmooth?: boolean
  /** Whether a sample is an input function or a point. Default true; an equation has no input function. */
  readonly hasInput?: boolean
}

const axes = [
  [0.1, 0.4, 0.9],
  [0.2, 0.3, 0.6, 0.8],
]
const grid: Coords = { kind: 'grid', axes: axes.map((x) => tensor(x, f64)) }
const points: Coords = { kind: 'points', x: coordsPoints(grid) }
const inputs = normal(key(11), [3, 5], f64)
const given = (samples: number): Tensor => slice(inputs, [0, 0], [samples, 5])
const sizes = { sensors: 5, axes: 2, features: 3, branch: smooth(4), trunk: smooth(4), ...f64 }

/** A row of a network that takes functions, or, of an equation, null. */
function ofOperator<P extends Tree, Z extends Tree, F extends Tensor | null>(
  network: OperatorNetwork<P, Z, F>,
  input: (samples: number) => F,
): Row {
  return {
    init: (from) => network.init(key(from)),
    apply: (variables, samples) => network.apply(variables as P, input(samples), grid),
    atPoints: (variables, samples) => network.apply(variables as P, input(samples), points),
    shape: [3, 4],
    hasInput: input(1) !== null,
  }
}

const none = (): null => null
const at = { kind: 'grid', axes: axes.map((x) => Float64Array.from(x)) } as const
const solutions = Float64Array.from({ length: 6 * 12 }, (_, i) => Math.sin(i * i))
const { neuron, time } = spiking(6)
const mlp = spikingMlp({ inputs: 5, outputs: 2, hidden: [6], neuron, spike: spike(atan()), time, ...f64 })

const onGrid = normal(key(12), [3, 12], f64)

/** A row of a network whose output is known on its own grid alone. */
const ofGrid = <P extends Tree>(network: OperatorNetwork<P>): Row => ({
  init: (from) => network.init(key(from)),
  apply: (variables, samples) => network.apply(variables as P, slice(onGrid, [0, 0], [samples, 12]), grid),
  shape: [3, 4],
})

/** A row of a network that reads sequences in single precision: five steps of one number, the last two with outputs. */
const ofSequences = <P extends Tree>(network: SequenceNetwork<P>): Row => ({
  // Readouts begin at zero.
  init: (from) => treeMap((t) => add(t, 0.1), network.init(key(from))),
  apply: (variables, samples) => network.apply(variables as P, cast(given(samples), 'f32')),
  shape: [2],
  isSmooth: false,
})
const window = { inputs: 1, steps: 5, scored: 2, hidden: [4, 3] }

/** By the name of the declaration. */
const rows: Readonly<Record<string, Row>> = {
  spikingMlp: {
    init: (from) => mlp.init(key(from)),
    apply: (variables, samples) => mlp.apply(variables as ReturnType<typeof mlp.init>, given(samples)),
    shape: [2],
    isSmooth: false,
  },
  recurrentNetwork: ofSequences(
    recurrentNetwork({ ...window, neuron: leakyIntegrateAndFire({ beta: 0.9 }), spike: spike(atan()) }),
  ),
  gruNetwork: ofSequences(gruNetwork(window)),
  lstmNetwork: ofSequences(lstmNetwork(window)),
  deepOnet: ofOperator(deepOnet(sizes), given),
  sepOnet: ofOperator(sepOnet(sizes), given),
  convolutionalDeepOnet: ofOperator(
    convolutionalDeepOnet({ sensorGrid: [5], axes: 2, features: 3, channels: 2, levels: 2, trunk: smooth(4), ...f64 }),
    given,
  ),
  mioNet: ofOperator(
    mioNet({
      ...f64,
      axes: 2,
      features: 3,
      trunk: smooth(4),
      branches: [2, 3].map((sensors) => ({ sensors, branch: smooth(4) })),
    }),
    given,
  ),
  podDeepOnet: ofOperator(
    podDeepOnet({ ...f64, sensors: 5, branch: smooth(4), basis: operators.podBasis(solutions, 6, 3), at }),
    given,
  ),
  fourierOperator: ofGrid(fourierOperator({ grid: [3, 4], channels: 3, modes: 1, layers: 2, projection: 4, ...f64 })),
  wno: ofGrid(wno({ grid: [3, 4], averages: 1, channels: 3, layers: 2, projection: 4, ...f64 })),
  graph: ofGrid(graph({ nodes: at, channels: 3, layers: 2, projection: 4, ...f64 })),
  transformer: ofGrid(transformer({ nodes: at, channels: 8, heads: 2, slices: 3, layers: 2, neurons: 4, ...f64 })),
  cnn: ofGrid(cnn({ grid: [3, 4], channels: 3, layers: 2, kernel: 3, ...f64 })),
  unet: ofGrid(unet({ grid: [3, 4], channels: 3, levels: 1, ...f64 })),
  'unet, filtered': ofGrid(
    unet({ grid: [3, 4], periodic: [false, true], channels: 3, levels: 1, filtered: true, ...f64 }),
  ),
  pinn: ofOperator(pinn({ axes: 2, block: smooth(4), ...f64 }), none),
  separablePinn: ofOperator(separablePinn({ axes: 2, rank: 3, trunk: smooth(4), ...f64 }), none),
}

const near = async (a: Tensor, b: Tensor, by: number): Promise<void> => {
  const [left, right] = [await values(a), await values(b)]
  expect(left.length).toBe(right.length)
  expect(Math.max(...left.map((v, i) => Math.abs(v - right[i]!)))).toBeLessThan(by)
}

it.each(Object.keys(declaredIn(operators, 'network')))('%s has a row', (name) => expect(rows).toHaveProperty(name))

describe.each(Object.entries(rows))('contract: %s', (_, row) => {
  const { init, apply, shape, atPoints, isSmooth = true, hasInput = true } = row
  const samples = hasInput ? 3 : 1

  it('draws the same variables from the same key, others from another', async () => {
    const all = async (from: number): Promise<number[]> =>
      (await Promise.all(treeLeaves(init(from)).map(values))).flat()
    expect(await all(1)).toEqual(await all(1))
    expect(await all(1)).not.toEqual(await all(2))
  })

  it('gives finite outputs of its shape, eagerly and under jit', async () => {
    const variables = init(1)
    const y = apply(variables, samples)
    expect(y.shape).toEqual([samples, ...shape])
    expect((await values(y)).every(Number.isFinite)).toBe(true)
    expect(new Set(await values(y)).size).toBeGreaterThan(1)
    await near(jit((v: Tree) => apply(v, samples))(variables), y, 1e-12)
  })

  if (hasInput)
    it('gives each sample an output of its own', () =>
      near(apply(init(1), 1), slice(apply(init(1), 3), [0, ...shape.map(() => 0)], [1, ...shape]), 1e-12))

  if (atPoints)
    it('gives the same on a grid and at its points', async () => {
      const variables = init(1)
      const onGrid = await values(apply(variables, samples))
      const scattered = atPoints(variables, samples)
      expect(scattered.shape).toEqual([samples, 12])
      ;(await values(scattered)).forEach((v, i) => expect(v).toBeCloseTo(onGrid[i]!, 12))
    })

  if (isSmooth)
    it('has the directional derivatives of its central differences', async () => {
      const { trained, fixed } = init(1) as { readonly trained: Tree; readonly fixed: Tree }
      const f = (p: Tree): Tensor => apply({ trained: p, fixed }, samples)
      const direction = treeMap((x: Tensor) => normal(key(7), x.shape, f64), trained)
      const moved = (by: number): Tree => treeMap((x: Tensor, d: Tensor) => add(x, mul(d, by)), trained, direction)
      const [, slope] = jvp(f, [trained], [direction])
      const [up, down, found] = [await values(f(moved(1e-6))), await values(f(moved(-1e-6))), await values(slope)]
      found.forEach((v, i) => {
        const size = Math.max(1, Math.abs(v))
        expect(v / size).toBeCloseTo((up[i]! - down[i]!) / 2e-6 / size, 6)
      })
      expect(found.some((v) => v !== 0)).toBe(true)
    })
})
