import { jit, key, normal, toBackend, treeLeaves, vjp } from '@spikeward/core'
import type { Backend, Tensor, Tree } from '@spikeward/core'
import { count, oneOf, positive } from '../../argumentParsers.js'
import { backendNames, openBackend } from '../../backends.js'
import { DENSITY, layerCases, quickCases, spikesOf } from '../../layers/layerCases.js'
import type { LayerCase } from '../../layers/layerCases.js'
import { digits, gflop } from '../../report/formatNumbers.js'
import { measureRoofs } from '../../roofline/roofs.js'
import type { RoofsFound } from '../../roofline/roofs.js'
import { defineBenchmark } from '../../run/benchmark.js'

type Settings = {
  readonly backend: string
  readonly threads: number
  readonly budget: number
  readonly cases: 'all' | 'small'
}

/** Operations per second: forward, forward with spikes at the input, and forward with the gradients of input and weights. */
type LayerSpeed = {
  readonly name: string
  readonly forward: number
  readonly spikes: number
  readonly gradients: number
}

type LayersResult = { readonly roofs: RoofsFound; readonly layers: readonly LayerSpeed[] }

/** The best time of a compiled function within the budget, in ms. */
async function bestOf(fn: (...xs: Tensor[]) => Tree, args: readonly Tensor[], budgetMs: number): Promise<number> {
  const compiled = jit(fn)
  let best = Infinity
  let end = Infinity
  while (performance.now() < end) {
    const begun = performance.now()
    const results = treeLeaves(compiled(...args))
    await results.at(-1)!.data()
    best = Math.min(best, performance.now() - begun)
    // The first call compiles.
    if (end === Infinity) [best, end] = [Infinity, performance.now() + budgetMs]
    for (const t of results) t.dispose()
  }
  compiled.dispose()
  return best
}

async function timeLayer(layer: LayerCase, backend: Backend, budget: number): Promise<LayerSpeed> {
  const shapes = [layer.input, ...layer.weights, layer.output]
  const drawn = await toBackend(
    shapes.map((shape, i) => normal(key(i), shape)),
    backend,
  )
  const operands = drawn.slice(0, -1)
  const forward = await bestOf((x, ...w) => layer.apply(x, ...w), operands, budget)
  const spikes = await bestOf((x, ...w) => layer.apply(spikesOf(x), ...w), operands, budget)
  const gradients = await bestOf(
    (...all) => {
      const [y, pull] = vjp((x: Tensor, ...w: Tensor[]) => layer.apply(x, ...w), ...(all.slice(0, -1) as [Tensor]))
      return [y, pull(all.at(-1)!)]
    },
    drawn,
    budget,
  )
  for (const t of drawn) t.dispose()
  const { name, flops } = layer
  const perSecond = (work: number, ms: number): number => (work / ms) * 1000
  return {
    name,
    forward: perSecond(flops, forward),
    spikes: perSecond(flops, spikes),
    gradients: perSecond(3 * flops, gradients),
  }
}

/** `layers`: convolutions and Fourier layers, forward and backward, as a share of the machine's peak. */
export const layers = defineBenchmark<Settings, LayersResult>({
  name: 'layers',
  folder: 'speed',
  about: 'convolutions and Fourier layers, forward and backward, compared with the measured peak of products',
  options: (command) =>
    command
      .option('--backend <name>', 'backend', oneOf(...backendNames), 'native')
      .option('--threads <n>', 'threads of the backend', count, 1)
      .option('--budget <ms>', 'milliseconds for which each layer is repeated', positive, 500)
      .option('--cases <name>', 'all, or small ones', oneOf('all', 'small'), 'all'),
  quick: { budget: 10, cases: 'small' },
  async measure({ backend: name, threads, budget, cases }) {
    await using backend = await openBackend(name, threads)
    const roofs = await measureRoofs(threads, budget / 500)
    const timed: LayerSpeed[] = []
    for (const layer of cases === 'small' ? quickCases : layerCases) timed.push(await timeLayer(layer, backend, budget))
    return { result: { roofs, layers: timed }, samples: {} }
  },
  tables: ({ settings, roofs, layers: timed }) => {
    const known = 'flopsPerSecond' in roofs
    const speed = (perSecond: number): string =>
      known ? `${gflop(perSecond)} (${digits((100 * perSecond) / roofs.flopsPerSecond)} %)` : gflop(perSecond)
    return [
      {
        title: `Layers on ${settings.backend}, ${settings.threads} threads: GFLOP/s and share of the peak`,
        head: ['layer', 'forward', `forward, ${100 * DENSITY} % spikes`, 'forward and gradients'],
        rows: timed.map((l) => [l.name, speed(l.forward), speed(l.spikes), speed(l.gradients)]),
        note:
          `${known ? `Peak of products: ${gflop(roofs.flopsPerSecond)} GFLOP/s.` : `No peak: ${roofs.absent}.`} ` +
          'Operations of spikes are counted as dense, so that their share may exceed 100 %. Gradients are those of the input and of the weights.',
      },
    ]
  },
  figures: () => [],
})
