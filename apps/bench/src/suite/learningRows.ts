/** Rows on learning by estimators: searches of rates, laws of size, cosines and long times. */
import { row, withOptions } from './suiteRow.js'
import type { SuiteRow } from './suiteRow.js'

/** Keys of operators. */
const three = '--keys 71,72,73'

/** Keys of operators and of depths with which no setting was found. */
const fresh = '--keys 81,82,83'
/** Ten keys that no choice of a weight mirror was made with. */
const mirrorTen = `--keys ${Array.from({ length: 10 }, (_, i) => 611 + i).join(',')}`
/** Five keys for comparisons other than those of depth. */
const freshFive = '--keys 621,622,623,624,625'
const freshTen = `--keys ${Array.from({ length: 10 }, (_, i) => 431 + i).join(',')}`

/** Five pairs of network and data keys with which no setting was found. */
export const fivePairs = '--keys 761,762,763,764,765 --data-keys 861,862,863,864,865'

/** A spiking branch of principal components whose first layer is far from linear, and a basis of the solutions. */
const components = '--network pod-deeponet --spiking branch --components 10'

/** A small SepONet. */
const small = '--branch 10 --trunk 10 --features 10 --time 16 --readout-solve 50'

/** Estimators on feed-forward, operator and recurrent networks. */
export const learningRows: readonly SuiteRow[] = [
  row(
    'tuned-depth-fresh',
    900,
    `tuned --hidden 64,64;64,64,64,64,64;64,64,64,64,64,64,64,64 --estimators bp,rateBackpropagation --search-keys 491 ${freshTen}`,
  ),
  row(
    'tuned-depth-mirror',
    500,
    `tuned --hidden 64,64;64,64,64;64,64,64,64,64;64,64,64,64,64,64,64,64 --estimators bp,rateBackpropagation/weightMirror ${mirrorTen}`,
  ),
  row(
    'tuned-depth-burgers-mirror',
    750,
    `tuned --problem burgers --hidden 64,64;64,64,64;64,64,64,64,64;64,64,64,64,64,64,64,64 --estimators bp,rateBackpropagation/weightMirror ${mirrorTen}`,
  ),
  row(
    'tuned-local-losses',
    300,
    `tuned --hidden 64,64,64;64,64,64,64,64 --estimators bp,localLoss,localLoss/weightMirror,localLoss/kolenPollack,localLoss/random,localLoss/solved --search-keys 491 ${freshFive}`,
  ),
  row('tuned-reused', 60, `tuned --hidden 64 --estimators bp,rfg,rfg/reused --search-keys 491 ${freshFive}`),
  row(
    'tuned-depth-burgers',
    900,
    'tuned --problem burgers --hidden 64,64;64,64,64;64,64,64,64,64;64,64,64,64,64,64,64,64 --estimators bp,rateBackpropagation,rateBackpropagation/weightMirror --search-keys 491',
  ),
  row(
    'tuned-sixteen-layers-burgers',
    900,
    `tuned --problem burgers --residual --attached-reset --hidden ${Array.from({ length: 16 }, () => 64).join(',')} --estimators bp,rateBackpropagation,rateBackpropagation/weightMirror --search-keys 491`,
  ),
  row(
    'tuned-three-layers',
    900,
    'tuned --hidden 128,128,128 --steps 500 --estimators bp,rateBackpropagation,rateBackpropagation/weightMirror,rateBackpropagation/random,localLoss,eligibility,feedback',
  ),
  row(
    'tuned-sixteen-layers',
    1800,
    `tuned --residual --attached-reset --hidden ${Array.from({ length: 16 }, () => 64).join(',')} --estimators rateBackpropagation,rateBackpropagation/weightMirror,bp --search-keys 491`,
  ),
  row(
    'tuned-five-layers',
    400,
    'tuned --attached-reset --hidden 64,64,64,64,64 --estimators rateBackpropagation,bp --search-keys 491',
  ),
  ...['', 'residual-'].map((kind) =>
    row(
      `tuned-eight-${kind}layers`,
      200,
      `tuned ${kind === '' ? '' : '--residual '}--attached-reset --hidden ${Array.from({ length: 8 }, () => 64).join(',')} --estimators bp,rateBackpropagation --search-keys 491 ${freshTen}`,
    ),
  ),
  row(
    'tuned-eight-residual-mirror',
    200,
    `tuned --residual --attached-reset --hidden ${Array.from({ length: 8 }, () => 64).join(',')} --estimators bp,rateBackpropagation/weightMirror --search-keys 491 ${freshTen}`,
  ),
  row('tuned-three-layers-64', 60, `tuned --hidden 64,64,64 --estimators bp,rateBackpropagation ${freshTen}`),
  row(
    'tuned-equal-time',
    900,
    'tuned --seconds 2 --steps 100 --hidden 64,64,64;64,64,64,64,64 --estimators bp,rateBackpropagation,rateBackpropagation/weightMirror',
  ),
  row(
    'laws-parameters',
    500,
    'laws --axis parameters --values 8,16,32,64,128,256,320 --estimators bp,rateBackpropagation',
  ),
  row(
    'laws-parameters-wide',
    1500,
    'laws --axis parameters --values 8,16,32,64,128,256,512,1000 --estimators rateBackpropagation',
  ),
  row('laws-depth', 120, 'laws --axis depth --values 1,2,3,4,6,8 --estimators bp,rateBackpropagation'),
  row('laws-time', 200, 'laws --axis time --values 4,8,16,32,64 --estimators rateBackpropagation'),
  row('laws-directions', 200, 'laws --axis directions --values 1,2,4,8,16 --layers 1 --estimators rfg'),
  row('laws-depth-rfg', 200, 'laws --axis depth --values 1,2,3,4,6,8 --estimators rfg'),
  row('laws-time-rfg', 200, 'laws --axis time --values 4,8,16,32,64 --estimators rfg'),
  row('laws-parameters-rfg', 400, 'laws --axis parameters --values 8,16,32,64,128,256 --estimators rfg'),
  row('laws-directions-wide', 400, 'laws --axis directions --values 16,64,256,1024 --layers 1 --estimators rfg'),
  row(
    'table-native-checkpoint',
    90,
    'table --backend native --others bp/checkpoint,rateBackpropagation --width 64 --layers 3 --time 1024 --batch 256 --repeat 4',
  ),
  row('cosines', 70, 'cosines --networks 100'),
  row('cosines-three-layers', 150, 'cosines --networks 64,64,64'),
  row('cosines-guides', 120, 'cosines --contenders guides --networks 100;64,64,64'),
  row('operator-cosines', 150, 'operator-cosines --widths 10,40,160 --steps 4 --window 3'),
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
    'accuracy-transport-wide',
    600,
    `accuracy --problems burgers,advection --backends native --threads 1 --estimators eligibility --budget 7200 ${fresh}`,
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
  row('long-time', 300, 'long --times 64,256,1024 --estimators bp,bp/checkpoint,rateBackpropagation --steps 200'),
  row('long-time-rfg', 200, 'long --times 64,256,1024 --estimators rfg --steps 200'),
  ...['van-der-pol', 'lorenz', 'adding'].map((problem) =>
    row(
      `long-${problem}`,
      170,
      `long --problem ${problem} --times 128 --inspect 1024,16384 --batch 32 --steps 400 --estimators bp,bp/checkpoint,eProp,rfg`,
    ),
  ),
  ...['van-der-pol', 'lorenz', 'adding'].map((problem) =>
    row(
      `long-${problem}-512`,
      400,
      `long --problem ${problem} --times 512 --batch 32 --steps 400 --estimators bp,bp/checkpoint,eProp --keys 511,512,513,514,515`,
    ),
  ),
  ...['van-der-pol', 'adding'].map((problem) =>
    row(
      `long-${problem}-diagonal`,
      200,
      `long --problem ${problem} --times 128 --batch 32 --steps 400 --estimators bp,eProp,eProp/diagonal --keys 511,512,513,514,515`,
    ),
  ),
  row(
    'long-adding-16384',
    1200,
    'long --problem adding --times 128,16384 --batch 16 --steps 300 --estimators bp,eProp',
  ),
  row('long-time-16384', 900, 'long --times 64,16384 --estimators rateBackpropagation,bp --batch 512 --steps 200'),
]
