import { jit, tensor, treeLeaves } from '@spikeward/core'
import type { Backend, Jitted, Tensor } from '@spikeward/core'
import type { SpikingMlpVariables } from '@spikeward/operators'
import { restoreVariables } from '@spikeward/train'
import { spreadOut } from '../components/inside/wiring.js'
import type { LayerActivity, Questions } from '../protocol.js'
import type { Settings } from '../settings/settings.js'
import { traceOf } from './traceOf.js'
import type { LayerTrace } from './traceOf.js'
import { buildShared } from './buildContender.js'
import type { Shared } from './buildContender.js'

/** Neurons of a layer that are shown. */
const SHOWN = 64

type Seen = { readonly layers: readonly LayerTrace[]; readonly output: Tensor }
type Prepared = {
  readonly signature: string
  readonly shared: Shared
  readonly look: Jitted<[SpikingMlpVariables, Tensor], Seen>
  template: SpikingMlpVariables | null
}

/** The settings that a network depends on. */
const signatureOf = ({ contenders: _, steps: _s, backend: _b, ...rest }: Settings): string => JSON.stringify(rest)

/** Answers what the neurons do at a point; compiled once per network. */
export function makeInspector(
  backend: Backend,
): (q: Questions['inspect']['ask']) => Promise<Questions['inspect']['answer']> {
  let prepared: Prepared | null = null

  const prepare = (settings: Settings): Prepared => {
    const signature = signatureOf(settings)
    if (prepared?.signature === signature) return prepared
    prepared?.look.dispose()
    const shared = buildShared(settings)
    const look = jit(
      (v: SpikingMlpVariables, x: Tensor): Seen => ({
        layers: traceOf(shared.network, v, x),
        output: shared.network.apply(v, x),
      }),
    )
    prepared = { signature, shared, look, template: null }
    return prepared
  }

  return async ({ settings, snapshot, point }) => {
    const p = prepare(settings)
    const { network } = p.shared
    const variables = await restoreVariables(network, snapshot, {
      backend,
      ...(p.template === null ? {} : { template: p.template }),
    })
    p.template ??= variables
    const x = tensor([...point], { shape: [1, point.length], backend })
    const seen = p.look(variables, x)
    const layers = await Promise.all(seen.layers.map(summary))
    const output = Number((await seen.output.data())[0])
    const links = await linksOf(variables, point.length, layers)
    treeLeaves([seen.output, x, ...seen.layers.flatMap((l) => [l.spikes, l.membranes])]).forEach((t) => t.dispose())
    if (p.template !== variables) treeLeaves(variables).forEach((t) => t.dispose())
    return { layers, output, links }
  }
}

/** The weights between the nodes that the page draws. */
async function linksOf(
  { trained: { layers, readout } }: SpikingMlpVariables,
  inputs: number,
  seen: readonly LayerActivity[],
): Promise<Float32Array[]> {
  const drawn = seen.map(({ neurons }) => spreadOut(neurons.length).map((n) => neurons[n]!))
  const stacks = [Array.from({ length: inputs }, (_, i) => i), ...drawn, [0]]
  return Promise.all(
    [...layers, readout].map(async ({ weight }, l) => {
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
