/** A run that starts from the weights of a trained one, in the place of random ones. */
import { type Backend, isRecord, treeLeaves } from '@spikeward/core'
import type { JsonRecord, Snapshot } from '@spikeward/train'
import type { TrainConfig, TrainOptions } from '../config/trainConfig.js'
import { usageError } from '../usage/usageError.js'
import { type Parts, fitParts } from './buildParts.js'

/** A trained run, as another one needs it. */
export type Source = {
  /** Its folder, or what messages call it. */
  readonly name: string
  readonly config: TrainConfig
  readonly snapshot: Snapshot
}

/** The settings of the source that hold unless the options name others. */
const settings = [
  ...['network', 'hidden', 'branch', 'trunk', 'features', 'rank', 'time', 'spiking', 'neuron', 'surrogate'],
  ...['amplitude', 'hard', 'task', 'estimator'],
] as const satisfies readonly (keyof TrainConfig & keyof TrainOptions)[]

/** The options of a run that starts from `source`, whose network, neurons and estimator it has by default. */
export function optionsFrom<O extends TrainOptions>({ config }: Source, options: O): O {
  const values = Object.fromEntries(settings.flatMap((name) => (config[name] === null ? [] : [[name, config[name]]])))
  const { networkOptions, neuronOptions, surrogateOptions } = config
  const declared = {
    ...(options.network === undefined ? networkOptions : {}),
    ...(options.neuron === undefined ? neuronOptions : {}),
    ...(options.surrogate === undefined ? surrogateOptions : {}),
    ...options.declared,
  }
  return { ...values, ...options, declared }
}

/**
 * The state of a run before its first step, with the weights of `source`: its optimiser begins anew, and so do points
 * that follow a residual.
 *
 * @throws CLI_USAGE for a network of another shape, with the differences
 */
export async function startFrom(
  source: Source,
  config: TrainConfig,
  parts: Parts,
  backend: Backend,
): Promise<Snapshot> {
  const model = parts.experiment.record
  const how = { backend, key: config.key, steps: 0, ...(model === null ? {} : { model }) }
  for await (const event of fitParts(parts, how)) {
    if (event.type !== 'end') continue
    treeLeaves([event.variables.trained, event.variables.fixed]).forEach((tensor) => tensor.dispose())
    return withWeights(source, config, event.snapshot)
  }
  throw new Error('a run of no steps ends at once')
}

const isWeight = (path: string): boolean =>
  path.startsWith('trained.') || (path.startsWith('fixed.') && !path.startsWith('fixed.collocation.'))

function withWeights(source: Source, config: TrainConfig, own: Snapshot): Snapshot {
  const { tensors } = source.snapshot
  const shapes = (of: Snapshot['tensors']): string =>
    [...of]
      .flatMap(([path, { shape }]) => (isWeight(path) ? [`${path} ${shape.join(',')}`] : []))
      .toSorted((a, b) => (a < b ? -1 : 1))
      .join(';')
  if (shapes(tensors) !== shapes(own.tensors))
    throw usageError(
      'CLI_USAGE',
      `--from ${source.name}: the network of that run has another shape: ${differences(source, config, own)}; leave out the options that change it, or train without --from`,
    )
  const started = [...own.tensors].map(
    ([path, tensor]) => [path, isWeight(path) ? { ...tensor, data: tensors.get(path)!.data } : tensor] as const,
  )
  return { ...own, tensors: new Map(started) }
}

const sizes = ['network', 'networkOptions', 'hidden', 'branch', 'trunk', 'features', 'rank'] as const

/** The settings and numbers of inputs and outputs that differ; else the weights. */
function differences(source: Source, config: TrainConfig, own: Snapshot): string {
  const shapeOf = ({ model }: Snapshot): JsonRecord => (isRecord(model?.['shape']) ? model['shape'] : {})
  const [there, here] = [shapeOf(source.snapshot), shapeOf(own)]
  const settings = sizes.map((name) => [`${name} is`, source.config[name], config[name]] as const)
  const numbers = ['inputs', 'outputs', 'sensors'].map((name) => [`${name} are`, there[name], here[name]] as const)
  const weights = [...new Set([...source.snapshot.tensors.keys(), ...own.tensors.keys()])]
    .filter(isWeight)
    .map((path) => [`${path} is`, source.snapshot.tensors.get(path)?.shape, own.tensors.get(path)?.shape] as const)
  const differing = [...settings, ...numbers, ...weights]
    .map(([what, ...both]) => [what, ...both.map((value) => JSON.stringify(value) ?? 'absent')] as const)
    .filter(([, a, b]) => a !== b)
  return differing
    .slice(0, 3)
    .map(([what, a, b]) => `${what} ${a} there and ${b} here`)
    .join(', ')
}
