import { basename, join } from 'node:path'
import { type FigureSpec, type LayerSpikes, lossSpec, spikesSpec } from '@spikeward/plots'
import { declaredModels } from '../../catalogue/kinds/neurons.js'
import type { TrainConfig } from '../../config/trainConfig.js'
import type { Experiment, MeasuredOn, Measurement, Split } from '../../assembly/experiment.js'
import type { RecordedLayer } from '../../assembly/neuronRecorder.js'
import type { Variables } from '@spikeward/train'
import { usageError } from '../../usage/usageError.js'
import { type FigureLabels, resultSpecs } from '../../figures/resultSpecs.js'
import { UnavailableError } from '@spikeward/core'
import { writeWhole } from '@spikeward/core/node'
import { type RenderOptions, filmPng, renderFigure } from '@spikeward/plots/node'
import type { MetricLine } from '@spikeward/train/node'

/**
 * Draws a run into its folder, as SVG and PNG: `result` and `errors` as {@link drawResult} does on the test split, and
 * `loss`.
 *
 * @param baseline error of the untrained network, null if there is none
 * @returns the names of the files
 */
export async function drawFigures(
  folder: string,
  { title }: FigureLabels,
  experiment: Experiment,
  measured: Measurement,
  baseline: number | null,
  metrics: readonly MetricLine[],
): Promise<readonly string[]> {
  const place = { folder, result: 'result', errors: 'errors', title }
  const result = await drawResult(place, experiment, await experiment.data('test'), measured, baseline)
  const loss = await drawLoss(join(folder, 'loss'), { title }, measured, metrics)
  const film = await drawFilm(folder, experiment, measured)
  return [...result, ...loss, ...film].map((path) => basename(path))
}

/** Draws loss and validation errors as `path`.svg and .png; draws nothing where no loss was measured. */
export async function drawLoss(
  path: string,
  { title }: FigureLabels,
  measured: Measurement,
  metrics: readonly MetricLine[],
  look?: FigureLook,
): Promise<readonly string[]> {
  const losses = metrics.flatMap(({ step, loss }) => (typeof loss === 'number' ? [{ step, loss }] : []))
  const measure = measured.residual === undefined ? undefined : 'residual'
  const validation = metrics.flatMap(({ step, relativeL2 }) =>
    typeof relativeL2 === 'number' ? [{ step, relativeL2, measure } as const] : [],
  )
  return losses.length === 0 ? [] : writeFigure(path, lossSpec({ losses, validation }, { title }), look)
}

/**
 * Draws a rollout in the plane into a folder as an animated PNG: the first channel of the median test trajectory, the
 * reference on the left, the rollout in the middle and their difference on the right. Colours of the first two go from
 * the least to the largest value of the reference, those of the third have the same width around 0. Returns the paths
 * of the files: none for a run that learns no rollout in the plane.
 */
async function drawFilm(
  folder: string,
  { rollout }: Experiment,
  { prediction, perFunction }: Measurement,
): Promise<readonly string[]> {
  const [rows = 0, columns] = rollout?.trajectory.grid ?? []
  if (rollout === null || columns === undefined || perFunction === null) return []
  const { values } = await rollout.data('test')
  const order = [...perFunction.keys()].sort((a, b) => perFunction[a]! - perFunction[b]!)
  const steps = rollout.trajectory.frames - 1
  const from = order[(order.length - 1) >> 1]! * rows * columns * steps * rollout.outputs
  const at = (t: number, p: number): number => from + (p * steps + t) * rollout.outputs
  let [low, high] = [Infinity, -Infinity]
  for (let t = 0; t < steps; t++)
    for (let p = 0; p < rows * columns; p++) {
      low = Math.min(low, values[at(t, p)]!)
      high = Math.max(high, values[at(t, p)]!)
    }
  const gap = 2
  const width = 3 * columns + 2 * gap
  const middle = (low + high) / 2
  const pixels = new Float64Array(steps * rows * width).fill(middle)
  for (let t = 0; t < steps; t++)
    for (let p = 0; p < rows * columns; p++) {
      const [reference, outcome] = [values[at(t, p)]!, prediction[at(t, p)]!]
      const pixel = (t * rows + Math.floor(p / columns)) * width + (p % columns)
      pixels[pixel] = reference
      pixels[pixel + columns + gap] = outcome
      pixels[pixel + 2 * (columns + gap)] = middle + outcome - reference
    }
  const path = join(folder, 'rollout.png')
  await writeWhole(path, filmPng(pixels, [steps, rows, width], [low, high]))
  return [path]
}

/** How figures are drawn: for the screen or in print, and whether also as PDF. */
export type FigureLook = Pick<RenderOptions, 'paper' | 'pdf'>

export type Place = FigureLabels & {
  readonly folder: string
  readonly result: string
  readonly errors: string
  readonly look?: FigureLook
}

/** Draws {@link resultSpecs} as SVG and PNG; returns the paths of the files. */
export async function drawResult(
  { folder, result, errors, look, ...labels }: Place,
  experiment: Experiment,
  on: MeasuredOn,
  measured: Measurement,
  baseline: number | null,
): Promise<readonly string[]> {
  const specs = resultSpecs(experiment, on, measured, baseline, labels)
  return [
    ...(specs.result === null ? [] : await writeFigure(join(folder, result), specs.result, look)),
    ...(specs.errors === null ? [] : await writeFigure(join(folder, errors), specs.errors, look)),
  ]
}

/**
 * Draws and writes `path`.svg, `path`.png and on request `path`.pdf atomically; returns their paths.
 *
 * @throws DISK_FULL, FILE_UNWRITABLE; PDF_PACKAGES if the packages that write PDF are not installed
 */
export async function writeFigure(path: string, spec: FigureSpec, look: FigureLook = {}): Promise<readonly string[]> {
  const forms = Object.entries(await renderFigure(spec, look).catch(withoutPdf))
  for (const [form, content] of forms) await writeWhole(`${path}.${form}`, content)
  return forms.map(([form]) => `${path}.${form}`)
}

function withoutPdf(error: NodeJS.ErrnoException): never {
  if (error.code !== 'ERR_MODULE_NOT_FOUND' || !error.message.includes('pdfkit')) throw error
  throw new UnavailableError(
    'PDF_PACKAGES',
    'two packages write PDF, and they are not installed, since they take 30 MB that few runs need; ' +
      'run: npm install pdfkit svg-to-pdfkit',
    { cause: error },
  )
}

async function thresholdOf({ neuron, neuronOptions }: TrainConfig): Promise<{ readonly threshold?: number }> {
  const [model] = (await declaredModels(neuron, neuronOptions)).toReversed()
  const threshold = (model?.values ?? neuronOptions)['threshold']
  return threshold === undefined ? {} : { threshold: Number(threshold) }
}

const layerOf = ({ name, neurons, spikes, membranes }: RecordedLayer, threshold: object): LayerSpikes => ({
  name,
  neurons,
  spikes,
  ...(membranes === null ? {} : { membranes, ...threshold }),
})

/**
 * The neurons of a run for one point or function: a raster of each layer, and some membranes; null if the network
 * shows no neurons.
 *
 * @param sample which one of the split; null: the middle one
 * @throws CLI_BAD_VALUE for a sample that does not exist
 */
export async function spikesFigure(
  experiment: Experiment,
  variables: Variables,
  config: TrainConfig,
  split: Split,
  sample: number | null,
): Promise<FigureSpec | null> {
  const count = experiment.counts[split]
  const index = sample ?? count >> 1
  if (index >= count) throw usageError('CLI_BAD_VALUE', `--sample ${index}: give a number from 0 to ${count - 1}`)
  const recorder = await experiment.neurons(split, { sample: index })
  try {
    const layers = await recorder.record(variables)
    if (layers.length === 0) return null
    const what = experiment.sensors === null ? 'point' : 'function'
    const title = `${experiment.problem.name}, neurons at ${split} ${what} ${index}`
    const threshold = await thresholdOf(config)
    return spikesSpec(
      layers.map((layer) => layerOf(layer, threshold)),
      { title },
    )
  } finally {
    recorder.dispose()
  }
}

/**
 * Draws the neurons at a test point or function into a folder, as SVG and PNG.
 *
 * @throws CLI_USAGE if the network shows no neurons; CLI_BAD_VALUE for a sample that does not exist
 */
export async function drawSpikes(
  { folder, look }: Pick<Place, 'folder' | 'look'>,
  experiment: Experiment,
  variables: Variables,
  config: TrainConfig,
  sample: number | null,
): Promise<readonly string[]> {
  const spec = await spikesFigure(experiment, variables, config, 'test', sample)
  if (spec !== null) return writeFigure(join(folder, 'spikes'), spec, look)
  throw usageError('CLI_USAGE', `the network ${config.network} of this run shows no neurons; leave out --figure spikes`)
}
