/** Rows on learning by estimators, above all on operators. */
import { row, withOptions } from './suiteRow.js'
import type { SuiteRow } from './suiteRow.js'

/** Keys of operators. */
const three = '--keys 71,72,73'

/** Keys of operators and of depths with which no setting was found. */
const fresh = '--keys 81,82,83'

/** Five pairs of network and data keys with which no setting was found. */
export const fivePairs = '--keys 761,762,763,764,765 --data-keys 861,862,863,864,865'

/** A spiking branch of principal components whose first layer is far from linear, and a basis of the solutions. */
const components = '--network pod-deeponet --spiking branch --components 10'

/** A small SepONet. */
const small = '--branch 10 --trunk 10 --features 10 --time 16 --readout-solve 50'

/** Estimators on operator networks. */
export const learningRows: readonly SuiteRow[] = [
  row(
    'table-native-checkpoint',
    90,
    'table --backend native --others bp/checkpoint,rateBackpropagation --width 64 --layers 3 --time 1024 --batch 256 --repeat 4',
  ),
  withOptions(
    'accuracy-operators-budget',
    900,
    `accuracy --problems reaction-diffusion,burgers --estimators rfg --budget 900 ${three}`,
    ...[12, 112, 1112, 11112].map((steps) => `${small} --learning-rate 1e-2 --steps ${steps}`),
    ...['1e-4', '1e-3'].map((rate) => `--readout-solve 50 --learning-rate ${rate} --steps 1112`),
  ),
  withOptions(
    'accuracy-poisson-1d-deep-128',
    300,
    `accuracy --problems poisson-1d --backends native --threads 1 --estimators rateBackpropagation --budget 900 ${three}`,
    '--branch 128,128 --trunk 128,128 --time 128 --steps 4000 --learning-rate 3e-4 --readout-solve 50',
  ),
  withOptions(
    'accuracy-reaction-diffusion-256',
    300,
    `accuracy --problems reaction-diffusion --backends native --threads 1 --estimators eligibility --budget 900 ${three}`,
    '--time 256 --learning-rate 5e-4',
  ),
  withOptions(
    'accuracy-reaction-diffusion-deep',
    1500,
    `accuracy --problems reaction-diffusion --backends native --threads 1 --estimators rateBackpropagation --budget 3600 ${fresh}`,
    '--branch 200,200 --trunk 200,200 --features 250 --time 256 --residual --standardise-weights --hidden-gain 0.3 --learning-rate 5e-4 --readout-solve 500 --steps 2000',
  ),
  withOptions(
    'accuracy-nagumo-pairs',
    300,
    `accuracy --problems nagumo --estimators eligibility --budget 7200 ${fivePairs}`,
    '--network pod-deeponet --spiking branch --branch 200 --features 60 --learning-rate 1e-3 --readout-solve 200 --steps 1000',
  ),
  withOptions(
    'accuracy-burgers-pairs',
    300,
    `accuracy --problems burgers --estimators eligibility,bp --budget 7200 ${fivePairs}`,
    `${components} --gain 1 --branch 1000 --features 150 --learning-rate 1e-4 --readout-solve 100 --steps 200`,
  ),
  withOptions(
    'accuracy-advection-pairs',
    300,
    `accuracy --problems advection --estimators eligibility --budget 7200 ${fivePairs}`,
    `${components} --gain 1 --branch 1000 --features 150 --learning-rate 1e-4 --readout-solve 100 --steps 200`,
  ),
  withOptions(
    'accuracy-transport-wide-dense',
    200,
    `accuracy --problems burgers,advection --estimators eligibility ${fresh}`,
    `${components.replace('branch', 'none')} --gain 1 --branch 1000 --features 150 --learning-rate 1e-4 --readout-solve 100 --steps 200`,
  ),
  withOptions(
    'accuracy-transport-deep',
    900,
    `accuracy --problems burgers,advection --backends native --threads 1 --estimators rateBackpropagation --budget 7200 ${fresh}`,
    `${components} --gain 0.6 --branch 400,400 --features 150 --learning-rate 1e-3 --readout-solve 100 --steps 500`,
  ),
  ...['reaction-diffusion', 'burgers'].map((problem) =>
    withOptions(
      `search-${problem}-directions`,
      500,
      `search --problem ${problem} --estimators rfg --keys 201 --budget 1800`,
      '--readout-solve 50 --steps 4000',
    ),
  ),
  withOptions(
    'accuracy-burgers-directions',
    1200,
    `accuracy --problems burgers --estimators rfg,randomSign(rfg) --budget 7200 ${fresh}`,
    ...[400, 4000].map((steps) => `--readout-solve 50 --learning-rate 3.16e-3 --steps ${steps}`),
  ),
  row(
    'accuracy-burgers-control',
    300,
    `accuracy --problems burgers --estimators eligibility,randomSign(eligibility) --budget 7200 ${fresh}`,
  ),
]
