import { withOptions } from './suiteRow.js'
import type { SuiteRow } from './suiteRow.js'

/** Keys with which no setting was chosen. */
const fresh = '--keys 81,82,83'
const dense = '--spiking none'
const spikes = '--code firstSpike'
const patient = '--patience 20'

/** Gauss–Newton through all layers, in f64. */
const whole = '--below traces --precision f64'

/** From values at the training points alone. */
const values = (network: string): string => `--loss data ${network} --batch 400 ${patient}`

/** A dense network, and one that codes by the time of its first spikes. */
const both = (options: string): string[] => [dense, spikes].map((network) => `${network} ${options}`)

/** L-BFGS through `bp`, on points that stay: it has no line search. */
const quasiNewton = '--optimizer lbfgs --learning-rate 1 --refine rad(every=1000000)'

/** Rows of `rfg` and `bp` with the same time for each training: a name, its approximate duration, problems, estimators, seconds, networks. */
const gradients: readonly (readonly [
  name: string,
  duration: number,
  problems: string,
  estimators: string,
  seconds: number,
  networks: readonly string[],
])[] = [
  [
    'kovasznay-rfg',
    200,
    'kovasznay',
    'rfg',
    30,
    both(`--hidden 20,20 --collocation 80 --derivative stencil(accuracy=4,step=0.05) ${patient}`),
  ],
  [
    'helmholtz-rfg',
    200,
    'helmholtz-2d',
    'rfg',
    30,
    [`--hidden 100 ${dense} ${patient}`, `${spikes} --hidden 100 --gain 6 --collocation 1200 ${patient}`],
  ],
  ['burgers-pinn-rfg', 200, 'burgers-pinn', 'rfg', 30, [patient, `${dense} ${patient}`]],
  ['allen-cahn-rfg', 200, 'allen-cahn', 'rfg', 60, [patient]],
  [
    'shapes-rfg',
    220,
    'poisson-2d',
    'rfg',
    10,
    ['disc', 'l', 'hole'].flatMap((shape) => both(`--shape ${shape} --hidden 20,20 ${patient}`)),
  ],
  ['cavity-gradients', 280, 'lid-driven-cavity', 'rfg,bp', 20, both(`--lid regularised ${patient}`)],
  ['cavity-uniform-gradients', 180, 'lid-driven-cavity', 'rfg,bp', 12, both(`--lid uniform ${patient}`)],
  [
    'cavity-values-gradients',
    150,
    'lid-driven-cavity',
    'rfg,bp',
    5,
    ['regularised', 'uniform'].flatMap((lid) => both(`--lid ${lid} --hidden 20,20`).map(values)),
  ],
  [
    'taylor-green-gradients',
    220,
    'taylor-green',
    'rfg,bp',
    15,
    both(`--hidden 20,20 --collocation 80 --derivative stencil(accuracy=4,step=0.1) ${patient}`),
  ],
  ['taylor-green-values-gradients', 130, 'taylor-green', 'rfg,bp', 8, both('--hidden 20,20').map(values)],
  [
    'inverse-burgers-gradients',
    140,
    'inverse-burgers',
    'rfg,bp',
    20,
    [`${spikes} --hidden 24,16 --odd 0 --derivative exact --collocation 400 ${patient}`],
  ],
  [
    'lbfgs',
    300,
    'heat-1d,wave-1d,poisson-2d,elasticity-2d',
    'bp',
    12,
    [`${dense} ${quasiNewton} ${patient}`, `${spikes} --hidden 20,20 ${quasiNewton} ${patient}`],
  ],
  [
    'kovasznay-lbfgs',
    270,
    'kovasznay',
    'bp',
    40,
    both(`--hidden 20,20 --collocation 80 --derivative stencil(accuracy=4,step=0.05) ${quasiNewton} ${patient}`),
  ],
  ['helmholtz-lbfgs', 100, 'helmholtz-2d', 'bp', 30, [`--hidden 100 ${dense} ${quasiNewton} ${patient}`]],
  ['burgers-pinn-lbfgs', 300, 'burgers-pinn', 'bp', 90, [`${dense} ${quasiNewton} ${patient}`]],
  ['hole-bp', 90, 'poisson-2d', 'bp', 12, both(`--shape hole --hidden 20,20 ${patient}`)],
  ['spike-times-gradients', 260, 'wave-1d,inverse-poisson', 'rfg,bp', 20, [`${spikes} --hidden 20,20 ${patient}`]],
  [
    'values-gradients',
    260,
    'heat-1d,wave-1d,poisson-2d,elasticity-2d,kovasznay',
    'rfg,bp',
    8,
    [values(`${dense} --hidden 20,20`)],
  ],
  [
    'values-spikes-gradients',
    260,
    'heat-1d,wave-1d,poisson-2d,elasticity-2d,kovasznay',
    'rfg,bp',
    8,
    [values(`${spikes} --hidden 20,20`)],
  ],
  [
    'sharp-values-gradients',
    260,
    'allen-cahn,helmholtz-2d,burgers-pinn',
    'rfg,bp',
    7,
    both('--hidden 30,30').map(values),
  ],
  ['darcy-2d-rfg', 130, 'darcy-2d', 'rfg', 20, ['', dense]],
  [
    'darcy-2d-lognormal-gradients',
    280,
    'darcy-2d',
    'rfg,bp',
    20,
    ['--permeability lognormal', `--permeability lognormal ${dense}`],
  ],
  [
    'darcy-2d-lognormal-equation',
    280,
    'darcy-2d',
    'rfg,bp',
    20,
    ['branch', 'none'].map(
      (spiking) =>
        `--permeability lognormal --loss physics --network deeponet --spiking ${spiking} --branch 100 --trunk 60,60 --features 60 --collocation 100 --batch 8`,
    ),
  ],
  [
    'navier-stokes-rfg',
    200,
    'navier-stokes',
    'rfg',
    30,
    ['branch', 'none'].map(
      (spiking) =>
        `--network pod-deeponet --spiking ${spiking} --branch 200 --features 60 --learning-rate 1e-4 --readout-solve 100`,
    ),
  ],
  [
    'nagumo-equation',
    280,
    'nagumo',
    'rfg,bp',
    20,
    ['branch', 'none'].map(
      (spiking) => `--loss physics --network deeponet --spiking ${spiking} --branch 100 --trunk 60,60 --features 60`,
    ),
  ],
]

/**
 * The rows that accompany the best forward-only runs of equations: `rfg` and `bp`, learning from values where the equation is
 * the usual way, and the equation where values are.
 */
export const comparisonRows: readonly SuiteRow[] = [
  ...gradients.map(([name, duration, problems, estimators, seconds, networks]) =>
    withOptions(
      `accuracy-${name}`,
      duration,
      `accuracy --problems ${problems} --estimators ${estimators} ${fresh} --seconds ${seconds}`,
      ...networks,
    ),
  ),
  withOptions(
    'accuracy-nagumo-rfg',
    400,
    'accuracy --problems nagumo --estimators rfg,randomSign(rfg) --keys 731,732,733,734,735',
    ...['branch', 'none'].map(
      (spiking) =>
        `--network pod-deeponet --spiking ${spiking} --branch 200 --features 60 --learning-rate 1e-3 --readout-solve 200 --steps 2000`,
    ),
  ),
  withOptions(
    'accuracy-poisson-2d-hole',
    60,
    `accuracy --problems poisson-2d --estimators gaussNewton ${fresh}`,
    `--shape hole ${spikes} --hidden 20,20 ${whole} --steps 120 ${patient}`,
  ),
  withOptions(
    'accuracy-sharp-values',
    240,
    `accuracy --problems allen-cahn,helmholtz-2d,burgers-pinn --estimators gaussNewton ${fresh}`,
    ...both(`--hidden 30,30 ${whole} --steps 150`).map(values),
  ),
  withOptions(
    'accuracy-helmholtz-values',
    200,
    `accuracy --problems helmholtz-2d --estimators gaussNewton ${fresh}`,
    values(`${dense} --hidden 30,30 --gain 6 ${whole} --steps 150`),
    values(`${spikes} --hidden 100 --gain 6 --precision f64 --steps 150`),
  ),
  withOptions(
    'accuracy-taylor-green-values',
    60,
    `accuracy --problems taylor-green --estimators gaussNewton ${fresh}`,
    ...both(`--hidden 20,20 ${whole} --steps 120`).map(values),
  ),
  withOptions(
    'accuracy-cavity-values',
    80,
    `accuracy --problems lid-driven-cavity --estimators gaussNewton ${fresh}`,
    ...['regularised', 'uniform'].flatMap((lid) =>
      both(`--lid ${lid} --hidden 20,20 ${whole} --steps 120`).map(values),
    ),
  ),
  withOptions(
    'accuracy-cavity-spikes-wide',
    400,
    `accuracy --problems lid-driven-cavity --estimators gaussNewton ${fresh}`,
    `${spikes} --lid regularised --derivative stencil(accuracy=4,step=0.1) --steps 150 ${patient}`,
  ),
  withOptions(
    'accuracy-cavity-uniform-spikes',
    80,
    `accuracy --problems lid-driven-cavity --estimators gaussNewton ${fresh} --seconds 25`,
    `${spikes} --lid uniform ${patient}`,
  ),
  withOptions(
    'accuracy-darcy-2d-lognormal',
    120,
    `accuracy --problems darcy-2d --estimators eligibility ${fresh}`,
    '--permeability lognormal',
    `--permeability lognormal ${dense}`,
  ),
  ...['dense', 'spikes'].map((network, i) =>
    withOptions(
      `accuracy-taylor-green-${network}`,
      [200, 460][i]!,
      `accuracy --problems taylor-green --estimators gaussNewton ${fresh}`,
      `${both('')[i]!}--hidden 20,20 ${whole} --collocation 80 --derivative stencil(accuracy=4,step=0.1) --steps 120 ${patient}`,
    ),
  ),
]
