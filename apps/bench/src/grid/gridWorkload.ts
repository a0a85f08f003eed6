/** A training step of an operator network on a square grid. */
import { jit, key as keyOf, linspace, normal, treeLeaves } from '@spikeward/core'
import type { Backend, Coords, Key, Tensor } from '@spikeward/core'
import { atan, leakyIntegrateAndFire } from '@spikeward/neurons'
import { adam } from '@spikeward/optim'
import { meanSquaredError, trainStep } from '@spikeward/train'
import { operatorNetworkOf, operatorNetworksOf } from '../catalogue.js'
import type { Options } from '../catalogue.js'
import { adamSettings, estimatorOfStep, standard } from '../step/stepSettings.js'

/** The settings that the networks share. */
export type GridSettings = {
  /** Points along each of the two axes. */
  readonly side: number
  readonly estimator: string
  readonly functions: number
  readonly sensors: number
  readonly hidden: number
  readonly features: number
  readonly time: number
}

const domain = [
  [0, 1],
  [0, 1],
] as const

/** The options that each of the networks receives. */
const optionsOf = ({ sensors, hidden, features, time }: Omit<GridSettings, 'side'>): Options => {
  const side = {
    kind: 'spiking',
    neuron: leakyIntegrateAndFire({ beta: 1 }),
    surrogate: atan(),
    time,
    hidden: [hidden],
  }
  return { sensors, axes: 2, features, domain, branch: side, trunk: side }
}

/** The networks that are compared: all that need nothing but a branch and a trunk. */
export const networks = operatorNetworksOf(['sensors', 'axes', 'features', 'branch', 'trunk'])

/** A step that can be taken. */
type GridWorkload = { readonly step: () => Promise<number>; readonly flops: number; readonly dispose: () => void }

/**
 * Assembles the step on `backend`: spiking branch and trunk, random functions and targets, the squared error, an
 * estimator, Adam.
 */
export function makeGridWorkload(name: string, settings: GridSettings, backend: Backend): GridWorkload {
  const network = operatorNetworkOf(name, optionsOf(settings))
  const { side, functions, sensors } = settings
  const root = keyOf(0, { backend })
  const axis = (): Tensor => linspace(0, 1, side)
  const prepare = jit((k: Key) => {
    const [net, f, u] = k.split(3) as [Key, Key, Key]
    const data = { f: normal(f, [functions, sensors]), u: normal(u, [functions, side, side]), axes: [axis(), axis()] }
    return { ...network.init(net), data }
  })
  const { trained, fixed, data } = prepare(root)
  prepare.dispose()
  const given = { fixed, data }
  const loss = (p: typeof trained, d: typeof given): Tensor => {
    const at: Coords = { kind: 'grid', axes: d.data.axes }
    return meanSquaredError(network.apply({ trained: p, fixed: d.fixed }, d.data.f, at), d.data.u)
  }
  const estimator = estimatorOfStep({ ...standard, estimator: settings.estimator })
  const { learningRate, ...moments } = adamSettings
  const { init, step } = trainStep(loss, estimator, adam(learningRate, moments))
  const start = jit(init)
  const run = jit(step, { donate: [0] })
  let state = start(trained)
  const { flops } = run.inspect(state, given, root).executable
  start.dispose()
  treeLeaves(trained).forEach((t) => t.dispose())
  return {
    flops,
    async step() {
      state = run(state, given, root)
      return state.loss.item()
    },
    dispose() {
      run.dispose()
      treeLeaves({ state, given, root }).forEach((t) => t.dispose())
    },
  }
}
