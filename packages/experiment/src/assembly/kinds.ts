/** The kinds of experiment: a new kind is a record here. */
import type { Backend } from '@spikeward/core'
import type { ProblemKind } from '../catalogue/kinds/problems.js'
import { type KindSettings, operatorSettings, pinnSettings, regressionSettings } from '../config/networkPart.js'
import { type DescribedRun, type OperatorPart, describeRun, operatorParts } from '../deployment/describeRun.js'
import type { ChipTraining, Watch } from '../deployment/training/onDevice.js'
import { type TrainedOnChip, trainOnChip } from '../deployment/training/trainOnChip.js'
import { trainOperatorOnChip } from '../deployment/training/trainOperatorOnChip.js'
import type { Assembly, Experiment, Rebuilding, RegressionExperiment } from './experiment.js'
import { type RebuiltNetwork, pointNetwork } from './network/buildNetwork.js'
import { operatorExperiment, rebuildOperator } from './operatorExperiment.js'
import { pinnExperiment, rebuildEquation } from './pinnExperiment.js'
import { regressionExperiment } from './regressionExperiment.js'

/** The functions of a kind of problem. They are given problems and experiments of their own kind. */
export type ExperimentKind = {
  /** The settings of its networks. */
  readonly settings: KindSettings
  /** The experiment of a run. */
  make(of: Assembly): Promise<Experiment>
  /** The network of a record, with its output transform. */
  rebuild(of: Rebuilding): Promise<RebuiltNetwork>
  /** Training on a chip: the parts of the network there, null for the whole. Null: a chip cannot train it. */
  readonly chip: {
    readonly parts: readonly OperatorPart[] | null
    train(
      run: DescribedRun & { readonly backend: Backend },
      experiment: Experiment,
      learning: readonly OperatorPart[],
      how: ChipTraining,
      watch: Watch,
    ): Promise<TrainedOnChip>
  } | null
}

/** The kinds by name. */
export const experimentKinds: Readonly<Record<ProblemKind, ExperimentKind>> = {
  regression: {
    settings: regressionSettings,
    make: regressionExperiment,
    rebuild: ({ record, entry, data, units }) => pointNetwork(record.settings, entry, data, units),
    chip: {
      parts: null,
      train: async (run, { problem }: RegressionExperiment, _, how, watch) =>
        trainOnChip(await describeRun(run), problem, how, run.backend, watch),
    },
  },
  operator: {
    settings: operatorSettings,
    make: operatorExperiment,
    rebuild: rebuildOperator,
    chip: { parts: operatorParts, train: trainOperatorOnChip },
  },
  pinn: { settings: pinnSettings, make: pinnExperiment, rebuild: rebuildEquation, chip: null },
}
