import type { TrainConfig } from '../../config/trainConfig.js'

export const networkSettingNames = [
  ...['network', 'networkOptions', 'hidden', 'branch', 'trunk', 'features', 'rank', 'time', 'spiking'],
  ...['neuron', 'neuronOptions', 'surrogate', 'surrogateOptions'],
] as const satisfies readonly (keyof TrainConfig)[]

export type NetworkSettings = Pick<
  TrainConfig,
  | ('network' | 'networkOptions' | 'hidden' | 'branch' | 'trunk' | 'features' | 'rank' | 'time' | 'spiking')
  | ('neuron' | 'neuronOptions' | 'surrogate' | 'surrogateOptions')
>

/** The options of a network that the data determine, by name: each is computed when it is called. */
export type FromData = Readonly<Record<string, () => unknown>>
