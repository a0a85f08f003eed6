/** Estimators work through every network on a grid, dense or spiking, without code of their own for it. */
import { cpu } from '@spikeward/backend-cpu'
import { jit, key, toBackend, treeLeaves } from '@spikeward/core'
import type { Backend, Estimator, OperatorNetwork, OperatorTensors, Tree, Variables } from '@spikeward/core'
import { activity, bp, eligibility, rateBackpropagation } from '@spikeward/estimators'
import { atan, leakyIntegrateAndFire, variableSpiking } from '@spikeward/neurons'
import { type SpikingUnits, cnn, fourierOperator, graph, transformer, unet, wno } from '@spikeward/operators'
import { burgersSharp } from '@spikeward/problems'
import { operatorTask } from '@spikeward/train'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const problem = burgersSharp({ points: 16, nodes: 32, train: 8, validation: 2, test: 2 })
const common = { outputs: 1, dtype: 'f64' } as const
const place = { grid: [16], periodic: [true] } as const
const nodes = { nodes: problem.at, periodic: [true] } as const
type Made = OperatorNetwork<Variables, Tree>
type Units = { readonly units?: SpikingUnits }

const networks: Readonly<Record<string, (more: Units) => Made>> = {
  fno: (more) => fourierOperator({ ...common, ...more, grid: [16], channels: 6, modes: 4, layers: 3, projection: 8 }),
  wno: (more) => wno({ ...common, ...more, ...place, channels: 6, averages: 4, layers: 3, projection: 8 }),
  cnn: (more) => cnn({ ...common, ...more, ...place, channels: 6, layers: 2 }),
  unet: (more) => unet({ ...common, ...more, ...place, channels: 6, levels: 2 }),
  graph: (more) => graph({ ...common, ...more, ...nodes, channels: 6, scales: 3, layers: 3, projection: 8 }),
  transformer: (more) =>
    transformer({ ...common, ...more, ...nodes, channels: 8, heads: 2, slices: 4, layers: 2, neurons: 8 }),
}

const units = (neuron: SpikingUnits['neuron']): Units => ({ units: { neuron, surrogate: atan(), time: 16 } })
const neurons: Readonly<Record<string, Units>> = {
  'leaky integrate-and-fire': units(leakyIntegrateAndFire({ beta: 0.9 })),
  graded: units(variableSpiking({ beta: 0.9 })),
  'graded, signed': units(variableSpiking({ beta: 0.9, signed: true })),
  'a learned threshold': units(leakyIntegrateAndFire({ beta: 0.9, learn: ['threshold'] })),
}

let backend: Backend
beforeAll(async () => void (backend = await cpu({ threads: 1 })))
afterAll(() => backend[Symbol.asyncDispose]())

async function gradient(network: Made, e: Estimator): Promise<number[]> {
  const task = await operatorTask<Tree, Tree, Tree>({ network, problem, dtype: 'f64' })
  const { trained, fixed } = network.init(key(2))
  const step = jit((p: Tree, f: Tree, data: OperatorTensors) => {
    const loss = Object.assign((q: Tree) => task.objective(q, f, data, key(3)), { parts: task.parts!(f, data, key(3)) })
    return e.estimate(loss, p, e.init(p), { key: key(4) }).grad
  })
  const grad = step(...(await toBackend([trained, fixed, task.data()] as const, backend)))
  step.dispose()
  return (await Promise.all(treeLeaves(grad).map(async (t) => [...(await t.data())]))).flat()
}

const cosine = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((s, x, i) => s + x * b[i]!, 0) / (Math.hypot(...a) * Math.hypot(...b))

describe.each(Object.entries(networks))('%s', (_, make) => {
  it.each(['dense', ...Object.keys(neurons)])('has the gradient of bp by rateBackpropagation, %s', async (name) => {
    const network = make(neurons[name] ?? {})
    const [found, truth] = [await gradient(network, rateBackpropagation()), await gradient(network, bp())]
    expect(cosine(found, truth)).toBeCloseTo(1, 10)
  })

  it.each([
    ['eligibility', eligibility({ directions: 64 })],
    ['activity', activity({ directions: 64 })],
  ])('points along it by 64 directions of %s, of graded neurons', async (_name, e) => {
    const network = make(neurons['graded']!)
    const [found, truth] = [await gradient(network, e), await gradient(network, bp())]
    expect(cosine(found, truth)).toBeGreaterThan(0.3)
  })
})
