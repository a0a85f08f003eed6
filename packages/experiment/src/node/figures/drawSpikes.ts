import { join } from 'node:path'
import { spikesSpec } from '@spikeward/plots'
import type { FigureSpec, LayerSpikes } from '@spikeward/plots'
import { declaredModels } from '../../catalogue/kinds/neurons.js'
import type { TrainConfig } from '../../config/trainConfig.js'
import type { Experiment, Split } from '../../assembly/experiment.js'
import type { RecordedLayer } from '../../assembly/neuronRecorder.js'
import type { Variables } from '@spikeward/train'
import { usageError } from '../../usage/usageError.js'
import { writeFigure } from './drawFigures.js'

/** The threshold of the neurons of a run; absent if their model declares none. */
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
    const what = experiment.kind === 'operator' ? 'function' : 'point'
    const title = `${config.problem}, neurons at ${split} ${what} ${index}`
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
  folder: string,
  experiment: Experiment,
  variables: Variables,
  config: TrainConfig,
  sample: number | null,
): Promise<readonly string[]> {
  const spec = await spikesFigure(experiment, variables, config, 'test', sample)
  if (spec !== null) return writeFigure(join(folder, 'spikes'), spec)
  throw usageError('CLI_USAGE', `the network ${config.network} of this run shows no neurons; leave out --figure spikes`)
}
