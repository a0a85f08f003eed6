/** The settings of a run that the command line gives; all others are absent. */
import type { OptionsOf } from '@spikeward/core'
import type { SizeValues } from '../catalogue/kinds/networkSizes.js'
import type { OptionValues } from '../catalogue/optionValues.js'
import type { FlagsOf } from './settings/placed.js'
import type {
  backendFlags,
  controlSettings,
  displayFlags,
  figuresFlags,
  followFlags,
  outFlags,
  runFlags,
} from './settings/controlSettings.js'
import type { DataFlags } from './settings/dataSettings.js'
import type { GivenSettings, lossSettings, networkSettings } from './settings/runSettings.js'

/** Options of the network and of the loss. */
export type NetworkOptions = OptionsOf<typeof networkSettings> & OptionsOf<typeof lossSettings> & Partial<SizeValues>

/** The options of `train`. */
export type TrainOptions = DataFlags &
  NetworkOptions &
  GivenSettings &
  FlagsOf<typeof controlSettings> &
  FlagsOf<ReturnType<typeof backendFlags>> &
  FlagsOf<typeof displayFlags> &
  FlagsOf<typeof outFlags> &
  // Trials of a search or a comparison leave these out.
  Partial<FlagsOf<typeof runFlags> & FlagsOf<typeof figuresFlags> & FlagsOf<typeof followFlags>> & {
    /** Values of options that problem, neuron, surrogate, estimator and optimiser declare, by flag. */
    readonly declared?: OptionValues
    /** The same as `seconds`. */
    readonly budget?: readonly number[]
  }
