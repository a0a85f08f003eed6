import { type FigureOptions, type FigureSpec, figure, paletteOf } from '../figureSpec.js'
import type { Palette } from '../palette.js'

/** The activity of a layer over time for one input; both arrays are [time, neurons], row-major. */
export type LayerSpikes = {
  readonly name: string
  readonly neurons: number
  /** Not zero where a neuron fired. */
  readonly spikes: ArrayLike<number>
  /** Membranes after each step; absent: the raster alone is drawn. */
  readonly membranes?: ArrayLike<number>
  /** The membrane at which a neuron fires. */
  readonly threshold?: number
}

/** Neurons whose membranes are drawn. */
const TRACED = 3

/** The number of spikes of each neuron over the whole time. */
function countsOf({ neurons, spikes }: LayerSpikes): readonly number[] {
  const counts = new Array<number>(neurons).fill(0)
  for (let i = 0; i < spikes.length; i++) if (spikes[i] !== 0) counts[i % neurons]! += 1
  return counts
}

/**
 * Neurons that show the range of the layer: the most active, the median of the active ones, the least active of them.
 */
function tracedOf(layer: LayerSpikes): readonly number[] {
  const counts = countsOf(layer)
  const order = [...counts.keys()].sort((a, b) => counts[b]! - counts[a]!)
  const active = order.filter((i) => counts[i]! > 0)
  const from = active.length === 0 ? order : active
  return [...new Set([0, (from.length - 1) >> 1, from.length - 1].map((place) => from[place]!))].slice(0, TRACED)
}

/** Time steps 1 to `time`, each as wide as any other. */
const stepAxis = (time: number): object => ({
  field: 'step',
  type: 'quantitative',
  title: 'time step',
  axis: { tickMinStep: 1 },
  scale: { domain: [0.5, time + 0.5], nice: false },
})

function rasterPanel(layer: LayerSpikes, { ink }: Palette): object {
  const { name, neurons, spikes } = layer
  const time = spikes.length / neurons
  const fired = Array.from(spikes).flatMap((s, i) =>
    s === 0 ? [] : [{ step: Math.floor(i / neurons) + 1, neuron: i % neurons }],
  )
  const silent = countsOf(layer).filter((count) => count === 0).length
  const height = Math.min(240, Math.max(60, 5 * neurons))
  const rate = fired.length / Math.max(1, spikes.length)
  return {
    title: `${name}: mean rate ${rate.toFixed(3)}, ${silent} of ${neurons} neurons silent`,
    data: { values: fired },
    width: 480,
    height,
    mark: {
      type: 'tick',
      orient: 'vertical',
      color: ink,
      thickness: 1.6,
      size: Math.min(12, (0.8 * height) / neurons),
    },
    encoding: {
      x: stepAxis(time),
      y: {
        field: 'neuron',
        type: 'quantitative',
        title: 'neuron',
        axis: { tickMinStep: 1, tickCount: height / 30 },
        scale: { domain: [-0.5, neurons - 0.5], nice: false },
      },
    },
  }
}

function membranePanel(layer: LayerSpikes, { series, quiet }: Palette): readonly object[] {
  const { neurons, membranes, threshold } = layer
  if (membranes === undefined) return []
  const traced = tracedOf(layer)
  const time = membranes.length / neurons
  const rows = traced.flatMap((neuron) =>
    Array.from({ length: time }, (_, t) => ({
      step: t + 1,
      value: membranes[t * neurons + neuron],
      line: `neuron ${neuron}`,
    })),
  )
  const lines = [...traced.map((neuron) => `neuron ${neuron}`), ...(threshold === undefined ? [] : ['threshold'])]
  const colours = lines.map((line, i) => (line === 'threshold' ? quiet : series[i]))
  const dashes = lines.map((line) => (line === 'threshold' ? [4, 3] : [1, 0]))
  const distinguish = (by: object): object => ({
    color: { ...by, type: 'nominal', title: null, scale: { domain: lines, range: colours } },
    strokeDash: { ...by, type: 'nominal', title: null, scale: { domain: lines, range: dashes } },
  })
  const curves = {
    data: { values: rows },
    mark: { type: 'line', strokeWidth: 1.1 },
    encoding: {
      x: stepAxis(time),
      y: { field: 'value', type: 'quantitative', title: 'membrane' },
      ...distinguish({ field: 'line' }),
    },
  }
  const rule = {
    data: { values: [{ value: threshold }] },
    mark: { type: 'rule' },
    encoding: { y: { field: 'value', type: 'quantitative' }, ...distinguish({ datum: 'threshold' }) },
  }
  return [{ width: 480, height: 110, layer: threshold === undefined ? [curves] : [curves, rule] }]
}

/**
 * The activity of the neurons for one input: for each layer a raster of its spikes, and the membranes of three neurons
 * with the threshold as a dashed line.
 *
 * @example
 * const layer = { name: 'layer 1', neurons: 2, spikes: [0, 1, 1, 0], membranes: [0.4, 0, 0, 0.6], threshold: 1 }
 * const spec = spikesSpec([layer], { title: 'x = 0.5' })
 */
export function spikesSpec(layers: readonly LayerSpikes[], options: FigureOptions = {}): FigureSpec {
  const palette = paletteOf(options)
  return figure(options, {
    vconcat: layers.flatMap((layer) => [rasterPanel(layer, palette), ...membranePanel(layer, palette)]),
    resolve: { scale: { color: 'independent', strokeDash: 'independent' } },
  })
}
