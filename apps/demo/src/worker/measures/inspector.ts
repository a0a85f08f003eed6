import { jit, layersOf, neuronsOf, reshape, tensor, treeLeaves, treePaths, zeros } from '@spikeward/core'
import type { Backend, Jitted, Network, Tensor, Tree, Variables } from '@spikeward/core'
import { restoreVariables } from '@spikeward/train'
import { spreadOut } from '../../components/inside/wiring.js'
import type { LayerActivity, Questions } from '../../protocol.js'
import type { Settings } from '../../settings/settings.js'
import { buildShared } from '../buildShared.js'
import type { Build, Shared } from '../build.js'
import { signatureOf } from './buildForQuestions.js'

/** The activity of a hidden layer at one point: spikes and membranes after each step, both [T, neurons]. */
export type LayerTrace = { readonly spikes: Tensor; readonly membranes: Tensor }

/**
 * Spikes and membranes of every hidden layer at one point; none if the network does not show its neurons. Every neuron model of the demo
 * has a membrane.
 *
 * @param x [1, inputs]
 */
export const traceOf = <V extends Tree>(
  { apply }: Pick<Network<V>, 'apply'>,
  variables: V,
  x: Tensor,
): LayerTrace[] => {
  const seen = Object.entries(neuronsOf((v: V) => apply(v, x))(variables)).filter(([path]) => !TRUNK.test(path))
  return seen.map(([, { spikes, membranes }]) => {
    const { shape } = spikes
    const one = [shape[0]!, shape[2]!]
    return { spikes: reshape(spikes, one), membranes: reshape(membranes as Tensor, one) }
  })
}

/** Layers that the page does not draw: of an operator's network it draws the branch. */
const TRUNK = /\.trunks?\./

/** Neurons of a layer that are shown. */
const SHOWN = 64

type Seen = { readonly layers: readonly LayerTrace[]; readonly output: Tensor }
type Prepared = {
  readonly signature: string
  readonly shared: Shared
  readonly look: Jitted<[Variables, Tensor], Seen>
  template: Variables | null
}

/** Answers what the neurons do at a point; compiled once per network. */
export function makeInspector(
  backend: Backend,
  build: Build = buildShared,
): (q: Questions['inspect']['ask']) => Promise<Questions['inspect']['answer']> {
  let prepared: Prepared | null = null

  const prepare = async (settings: Settings): Promise<Prepared> => {
    const signature = signatureOf(settings)
    if (prepared?.signature === signature) return prepared
    prepared?.look.dispose()
    const shared = await build(settings)
    const look = jit(
      (v: Variables, x: Tensor): Seen => ({
        layers: traceOf(shared.network, v, x),
        output: shared.network.apply(v, x),
      }),
    )
    prepared = { signature, shared, look, template: null }
    return prepared
  }

  return async ({ settings, snapshot, point, component }) => {
    const p = await prepare(settings)
    const variables = await restoreVariables(p.shared.task, snapshot, {
      backend,
      ...(p.template === null ? {} : { template: p.template }),
    })
    p.template ??= variables
    const x = tensor([...point], { shape: [1, point.length], backend })
    const seen = p.look(variables, x)
    const layers = await Promise.all(seen.layers.map(summary))
    const output = Number((await seen.output.data())[component])
    const links = await linksOf(p.shared, variables, { inputs: point.length, layers, component })
    treeLeaves([seen.output, x, ...seen.layers.flatMap((l) => [l.spikes, l.membranes])]).forEach((t) => t.dispose())
    if (p.template !== variables) treeLeaves(variables).forEach((t) => t.dispose())
    return { layers, output, links }
  }
}

/** The weights between the nodes that the page draws. */
async function linksOf(
  { network }: Shared,
  { trained, fixed }: Variables,
  { inputs, layers, component }: { inputs: number; layers: readonly LayerActivity[]; component: number },
): Promise<Float32Array[]> {
  if (layers.length === 0) return []
  const paths = treePaths(trained)
  const leaves = treeLeaves(trained)
  const apply = (own: Tree, x: Tensor): Tensor => network.apply({ trained: own, fixed }, x)
  const weights = layersOf(apply, trained, zeros([1, inputs])).flatMap(({ weight: [path = ''], direct }) =>
    direct ? [leaves[paths.indexOf(path)]!] : [],
  )
  // The layers of an operator's network are no single chain from the inputs to the output.
  const widths = [inputs, ...layers.map(({ width }) => width)]
  if (weights.length !== widths.length || weights.some(({ shape }, l) => shape[0] !== widths[l])) return []
  const drawn = layers.map(({ neurons }) => spreadOut(neurons.length).map((n) => neurons[n]!))
  const stacks = [Array.from({ length: inputs }, (_, i) => i), ...drawn, [component]]
  return Promise.all(
    weights.map(async (weight, l) => {
      const [from, to] = [stacks[l]!, stacks[l + 1]!]
      const columns = weight.shape[1]!
      const values = await weight.data()
      return Float32Array.from({ length: from.length * to.length }, (_, k) =>
        Number(values[from[Math.floor(k / to.length)]! * columns + to[k % to.length]!]),
      )
    }),
  )
}

async function summary({ spikes, membranes }: LayerTrace): Promise<LayerActivity> {
  const [time, width] = spikes.shape as [number, number]
  const [s, m] = await Promise.all([spikes.data(), membranes.data()])
  const counts = Array.from({ length: width }, (_, i) => {
    let fired = 0
    for (let t = 0; t < time; t++) fired += Math.abs(Number(s[t * width + i]))
    return fired
  })
  const shown = Math.min(width, SHOWN)
  const neurons = Array.from({ length: shown }, (_, i) => Math.floor((i * width) / shown))
  const pick = (values: ArrayLike<number>): Float32Array =>
    Float32Array.from({ length: time * shown }, (_, k) => values[Math.floor(k / shown) * width + neurons[k % shown]!]!)
  return {
    width,
    neurons,
    spikes: pick(s),
    membranes: pick(m),
    rate: counts.reduce((a, b) => a + b, 0) / (width * time),
    silent: counts.filter((c) => c === 0).length / width,
  }
}
