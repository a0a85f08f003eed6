/** The part of a configuration that a new network has. */
import { controlSettings } from '../../config/settings/controlSettings.js'
import { estimatorSettings, trainingSettings } from '../../config/settings/runSettings.js'
import type { TrainConfig } from '../../config/trainConfig.js'

const { key: _, ...control } = controlSettings
const ofTraining = new Set([
  ...Object.keys({ ...estimatorSettings, ...trainingSettings, ...control }),
  ...['estimatorOptions', 'optimizerOptions', 'shares'],
])

/** The settings that a network depends on before its first step: the problem, its data, the network and its key. */
export const untrainedConfig = (config: TrainConfig): Partial<TrainConfig> =>
  Object.fromEntries(Object.entries(config).filter(([name]) => !ofTraining.has(name)))
