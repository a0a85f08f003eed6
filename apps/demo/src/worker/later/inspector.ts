import type { Backend } from '@spikeward/core'
import { inspectNetwork, weightsOf } from '@spikeward/experiment'
import type { NetworkInspector, RecordedLayer, WeightMatrix } from '@spikeward/experiment'
import { spreadOut } from '../../components/inside/wiring.js'
import type { LayerActivity, Trained } from '../../protocol.js'
import type { Build, Shared } from '../build.js'
import { buildExperiment } from './buildExperiment.js'
import { restorer, signatureOf } from './buildForQuestions.js'
import { lruCache } from './lruCache.js'

/** Layers that the page does not draw: of an operator's network it draws the branch. */
const isTrunk = ({ name }: RecordedLayer): boolean => name.startsWith('trunk')

/** Neurons of a layer that are shown. */
const SHOWN = 64

/** The activity of a network at a point. */
type Inspected = {
  /** Of an operator, those of its branch. Empty for layers that cannot be recorded. */
  readonly layers: readonly LayerActivity[]
  readonly output: number
  /** Weights between the drawn nodes of neighbouring layers, inputs first and the output last, [from, to]. */
  readonly links: readonly Float32Array[]
}

type Prepared = {
  readonly shared: Shared
  readonly look: NetworkInspector
  readonly withVariables: ReturnType<typeof restorer>
}

/** Answers what the neurons do at a point, and the given one of several outputs; compiled once per network. */
export function makeInspector(backend: Backend, build: Build = buildExperiment) {
  const cache = lruCache<Prepared>(1, ({ look }) => look.dispose())
  type Question = Omit<Trained, 'contender'> & { readonly point: readonly number[]; readonly component: number }
  return async ({ settings, snapshot, point, component }: Question): Promise<Inspected> => {
    const { shared, look, withVariables } = await cache.of(signatureOf(settings), async () => {
      const shared = await build(settings)
      return { shared, look: inspectNetwork(shared.network, backend), withVariables: restorer(shared.task, backend) }
    })
    return withVariables(snapshot, async (variables) => {
      const seen = await look.at(variables, point)
      const layers = seen.layers.filter((layer) => !isTrunk(layer)).map(summary)
      const inputs = point.length
      const weights = layers.length === 0 ? [] : await weightsOf(shared.network, variables, inputs)
      return { layers, output: seen.output[component]!, links: linksOf(weights, { inputs, layers, component }) }
    })
  }
}

/** The weights between the nodes that the page draws. */
function linksOf(
  weights: readonly WeightMatrix[],
  { inputs, layers, component }: { inputs: number; layers: readonly LayerActivity[]; component: number },
): Float32Array[] {
  // The layers of an operator's network are no single chain from the inputs to the output.
  const widths = [inputs, ...layers.map(({ width }) => width)]
  if (weights.length !== widths.length || weights.some(({ rows }, l) => rows !== widths[l])) return []
  const visible = layers.map(({ neurons }) => spreadOut(neurons.length).map((n) => neurons[n]!))
  const stacks = [Array.from({ length: inputs }, (_, i) => i), ...visible, [component]]
  return weights.map(({ values, columns }, l) => {
    const [from, to] = [stacks[l]!, stacks[l + 1]!]
    return Float32Array.from({ length: from.length * to.length }, (_, k) =>
      Number(values[from[Math.floor(k / to.length)]! * columns + to[k % to.length]!]),
    )
  })
}

/** Every neuron model of the page has a membrane. */
function summary({ time, neurons: width, spikes, membranes }: RecordedLayer): LayerActivity {
  const counts = Array.from({ length: width }, (_, i) => {
    let fired = 0
    for (let t = 0; t < time; t++) fired += Math.abs(spikes[t * width + i]!)
    return fired
  })
  const shown = Math.min(width, SHOWN)
  const neurons = Array.from({ length: shown }, (_, i) => Math.floor((i * width) / shown))
  const pick = (values: Float32Array): Float32Array =>
    Float32Array.from({ length: time * shown }, (_, k) => values[Math.floor(k / shown) * width + neurons[k % shown]!]!)
  return {
    width,
    neurons,
    spikes: pick(spikes),
    membranes: pick(membranes!),
    rate: counts.reduce((a, b) => a + b, 0) / (width * time),
    silent: counts.filter((c) => c === 0).length / width,
  }
}
