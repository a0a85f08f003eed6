import type { Backend } from '@spikeward/core'
import { loihi2, toDevice, withMismatch } from '@spikeward/chip'
import type { DeviceArrays } from '@spikeward/chip'
import { floatRates } from '../chipProblems.js'
import { STUCK } from './devicePlan.js'
import type { DevicePlan, PlannedSearch } from './devicePlan.js'
import { openDevice } from './deviceTraining.js'
import type { DeviceErrors, TrainingOnChip } from './deviceTraining.js'
import { deviceEstimatorOf, deviceLosses } from './deviceTrials.js'
import type { DeviceChoice, DeviceKind } from './deviceTrials.js'
import { trainFloat, untrainedFloat } from '../floatTraining.js'
import type { FloatNetwork } from '../floatTraining.js'

/** Uniform numbers in [0, 1) from a key. */
function uniformFrom(key: number): () => number {
  let state = (key * 2_654_435_761) >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** The networks, the devices and the trainings of a plan. */
export type DeviceRuns = {
  /** The network before it is trained on the chip; each is made once. */
  readonly startedFrom: (kind: DeviceKind, key: number) => Promise<FloatNetwork>
  /** The network trained in floats by `spsa`, for comparison. */
  readonly spsaInFloats: (learningRate: number, key: number) => Promise<FloatNetwork>
  /** A network on a device with a spread of thresholds and decays; 0: a perfect device. */
  readonly deviceOf: (network: FloatNetwork, bits: number, spread: number, key: number) => DeviceArrays
  /** The training that a search tries with a choice of settings. */
  readonly howOf: (search: PlannedSearch, choice: DeviceChoice) => Omit<TrainingOnChip, 'batch' | 'key'>
  /** Errors on a device, after a training if one is given. */
  readonly measure: (
    arrays: DeviceArrays,
    network: FloatNetwork,
    how: Omit<TrainingOnChip, 'batch'> | null,
    split?: 'validation' | 'test',
  ) => Promise<DeviceErrors>
}

/** How a plan makes networks and devices, and trains them. */
export function deviceRuns({ problem, settings, steps }: DevicePlan, backend: Backend): DeviceRuns {
  const rates = floatRates[problem.problem.name]!
  const networks = new Map<string, FloatNetwork>()
  const startOf = (kind: DeviceKind, key: number): Promise<FloatNetwork> => {
    const how = { estimator: 'eligibility', learningRate: rates.eligibility, steps: steps.float, key } as const
    return kind === 'fine-tuning'
      ? trainFloat(problem, settings, how, backend)
      : untrainedFloat(problem, settings, key, backend)
  }
  return {
    async startedFrom(kind, key) {
      const name = `${kind} ${key}`
      const network = networks.get(name) ?? (await startOf(kind, key))
      networks.set(name, network)
      return network
    },
    spsaInFloats: (learningRate, key) =>
      trainFloat(problem, settings, { estimator: 'spsa', learningRate, steps: steps.scratch, key }, backend),
    deviceOf(network, bits, spread, key) {
      const perfect = toDevice(loihi2, network.mlp, { bits })
      return spread === 0 ? perfect : withMismatch(perfect, { spread, stuck: STUCK, uniform: uniformFrom(key) })
    },
    howOf: ({ kind, estimator, loss, readout }, choice) => ({
      estimator: deviceEstimatorOf(estimator, choice),
      loss: deviceLosses[loss],
      rate: choice.rate,
      steps: kind === 'fine-tuning' ? steps.tune : steps.scratch,
      readout,
    }),
    async measure(arrays, network, how, split = 'test') {
      const opened = await openDevice(arrays, network.readout, problem, backend)
      if (how !== null) await opened.train({ ...how, batch: settings.batch })
      const errors = await opened.errors(split)
      opened.dispose()
      return errors
    },
  }
}
