import { withOptions } from './suiteRow.js'
import type { SuiteRow } from './suiteRow.js'

const three = '--keys 71,72,73'
/** Keys with which no setting of first spikes was found; those searches used key 71. */
const fresh = '--keys 81,82,83'
/** Keys for settings that were found with keys 501, 502, 87 and 89. */
const later = '--keys 90,91,92'
/** Keys for the same settings with first spikes, which were tried with key 90. */
const latest = '--keys 93,94,95'
/** Keys for more steps, whose number was found with key 94. */
const longer = '--keys 96,97,98'
const dense = '--spiking none'

/** A spiking network that codes by the time of its first spikes, by Gauss–Newton in both layers. */
const firstSpikes = (options: string): string =>
  `--code firstSpike --hidden 20,20 --below traces --precision f64 ${options}`

/**
 * Options of a network that is odd in x, as the solution of Burgers' equation is, with exact derivatives and all measurements in each step; the weight of
 * the equation grows.
 */
const oddShock =
  '--hidden 24,16 --least-scale 0.01 --refine rad(every=5) --odd 0 --scaling columns --derivative exact --collocation 2000 --start-equation-weight 1e-4 --equation-weight 0.01 --schedule constant --continuation 150'

/**
 * bp on the networks of the best forward-only runs, for as long as those trained: the name of a row, its approximate duration, the problems,
 * seconds of each training, and the networks.
 */
const besideBp: readonly (readonly [
  name: string,
  duration: number,
  problems: string,
  seconds: number,
  networks: readonly string[],
])[] = [
  ['burgers', 800, 'burgers-pinn', 130, ['', dense]],
  ['allen-cahn', 1200, 'allen-cahn', 200, ['--patience 20', `${dense} --patience 20`]],
  [
    'shapes',
    250,
    'poisson-2d',
    20,
    ['disc', 'l'].flatMap((shape) => [
      `--shape ${shape} --code firstSpike --hidden 20,20 --patience 20`,
      `--shape ${shape} ${dense} --patience 20`,
    ]),
  ],
  ['square', 60, 'poisson-2d,elasticity-2d', 12, ['--code firstSpike --hidden 20,20 --patience 20']],
  [
    'kovasznay',
    300,
    'kovasznay',
    45,
    ['--code firstSpike', dense].map(
      (network) =>
        `${network} --hidden 20,20 --collocation 80 --derivative stencil(accuracy=4,step=0.05) --patience 20`,
    ),
  ],
  [
    'helmholtz',
    1000,
    'helmholtz-2d',
    325,
    ['--code firstSpike --hidden 100 --gain 6 --collocation 1200 --patience 20'],
  ],
  ['helmholtz-dense', 100, 'helmholtz-2d', 30, [`--hidden 100 ${dense} --patience 20`]],
  ['darcy', 150, 'darcy-2d', 20, ['', dense]],
  [
    'navier-stokes',
    400,
    'navier-stokes',
    60,
    [
      '--network pod-deeponet --spiking branch --branch 200 --features 60 --learning-rate 1e-4 --readout-solve 100',
      `--network pod-deeponet ${dense} --components 100 --branch 1000 --features 100 --learning-rate 1e-4 --readout-solve 50 --readout-penalty 0.1`,
    ],
  ],
]

/** Accuracy on equations: by Gauss–Newton, by gradients for comparison, and for operators. */
export const equationRows: readonly SuiteRow[] = [
  withOptions(
    'accuracy-equations-dense',
    60,
    `accuracy --problems heat-1d,wave-1d,poisson-2d,elasticity-2d,inverse-poisson --estimators gaussNewton --budget 1500 ${three}`,
    `${dense} --patience 20`,
  ),
  withOptions(
    'accuracy-poisson-2d-shapes',
    120,
    `accuracy --problems poisson-2d --estimators gaussNewton --budget 1500 ${three}`,
    ...['--shape disc', '--shape hole', '--shape l --hidden 100 --collocation 500 --steps 200'].map(
      (shape) => `${shape} ${dense} --patience 20`,
    ),
  ),
  withOptions(
    'accuracy-equations-spiking',
    180,
    `accuracy --problems heat-1d,poisson-2d,elasticity-2d --estimators gaussNewton --budget 1500 ${three}`,
    '--time 128 --derivative stencil(accuracy=4,step=0.1) --patience 20',
  ),
  withOptions(
    'accuracy-poisson-2d-shapes-spiking',
    180,
    `accuracy --problems poisson-2d --estimators gaussNewton --budget 1500 ${three}`,
    ...['disc', 'l'].map(
      (shape) => `--shape ${shape} --time 128 --derivative stencil(accuracy=4,step=0.2) --patience 20`,
    ),
  ),
  withOptions(
    'accuracy-helmholtz-2d-dense',
    120,
    `accuracy --problems helmholtz-2d --estimators gaussNewton --budget 1500 ${three}`,
    `--hidden 100 ${dense} --patience 20`,
  ),
  withOptions(
    'accuracy-inverse-poisson',
    30,
    `accuracy --problems inverse-poisson --estimators gaussNewton ${three}`,
    ...[dense, firstSpikes('--steps 150')].flatMap((options) => [options, `${options} --noise 0.01`]),
  ),
  withOptions(
    'accuracy-poisson-2d-first-spike',
    300,
    `accuracy --problems poisson-2d --estimators gaussNewton ${fresh}`,
    ...['--shape disc ', ''].map((shape) => `${shape}${firstSpikes('--steps 120')} --patience 20`),
  ),
  withOptions(
    'accuracy-equations-first-spike',
    120,
    `accuracy --problems heat-1d,wave-1d,elasticity-2d --estimators gaussNewton ${fresh}`,
    `${firstSpikes('--steps 120')} --patience 20`,
  ),
  withOptions(
    'accuracy-equations-values',
    120,
    `accuracy --problems heat-1d,wave-1d,poisson-2d,elasticity-2d,kovasznay --estimators gaussNewton ${fresh}`,
    ...[dense, '--code firstSpike'].map(
      (network) =>
        `--loss data ${network} --hidden 20,20 --below traces --precision f64 --batch 400 --steps 120 --patience 20`,
    ),
  ),
  withOptions(
    'accuracy-kovasznay-first-spike',
    300,
    `accuracy --problems kovasznay --estimators gaussNewton ${fresh}`,
    `${firstSpikes('--collocation 80 --steps 180 --derivative stencil(accuracy=4,step=0.05)')} --patience 20`,
  ),
  withOptions(
    'accuracy-helmholtz-2d-first-spike',
    240,
    `accuracy --problems helmholtz-2d --estimators gaussNewton ${fresh}`,
    '--code firstSpike --hidden 100 --gain 6 --precision f64 --damping 1e-3 --decrease 0.3 --increase 3 --collocation 1200 --steps 400 --schedule cosine --patience 20',
  ),
  ...[
    ['equations', 500, 'wave-1d,poisson-2d,elasticity-2d,inverse-poisson --seconds 20', dense],
    ['layers', 1000, 'allen-cahn,inverse-burgers --seconds 80', dense],
    ['flows', 1000, 'kovasznay,helmholtz-2d --seconds 80', dense],
    ['spikes', 500, 'poisson-2d,elasticity-2d --seconds 40', '--time 128 --derivative stencil(accuracy=4,step=0.1)'],
  ].map(([name, seconds, problems, options]) =>
    withOptions(
      `accuracy-${name}-gradients`,
      Number(seconds),
      `accuracy --estimators rfg,bp --budget 3000 ${three} --problems ${problems}`,
      `${options} --patience 20`,
    ),
  ),
  ...besideBp.map(([name, duration, problems, seconds, networks]) =>
    withOptions(
      `accuracy-${name}-bp`,
      duration,
      `accuracy --problems ${problems} --estimators bp ${fresh} --seconds ${seconds}`,
      ...networks,
    ),
  ),
  ...[
    ['nagumo', 'eligibility,bp', 1200, '--learning-rate 1e-3 --readout-solve 200 --steps 1000'],
    ['navier-stokes', 'eligibility', 600, '--learning-rate 1e-4 --readout-solve 100 --steps 300'],
  ].map(([problem, estimators, seconds, training]) =>
    withOptions(
      `accuracy-${problem}`,
      Number(seconds),
      `accuracy --problems ${problem} --estimators ${estimators} --budget 7200 ${three}`,
      ...['branch', 'none'].map(
        (spiking) => `--network pod-deeponet --spiking ${spiking} --branch 200 --features 60 ${training}`,
      ),
    ),
  ),
  withOptions(
    'accuracy-navier-stokes-default',
    400,
    `accuracy --problems navier-stokes --estimators eligibility ${fresh}`,
  ),
  withOptions(
    'accuracy-navier-stokes-default-bp',
    920,
    `accuracy --problems navier-stokes --estimators bp ${fresh} --seconds 90`,
  ),
  withOptions(
    'accuracy-navier-stokes-components',
    900,
    `accuracy --problems navier-stokes --estimators eligibility --budget 7200 ${fresh}`,
    `--network pod-deeponet ${dense} --components 100 --branch 1000 --features 100 --learning-rate 1e-4 --readout-solve 50 --readout-penalty 0.1 --steps 100`,
  ),
  withOptions(
    'accuracy-advection-diffusion',
    600,
    `accuracy --problems advection-diffusion --estimators rfg,bp ${three} --seconds 40`,
    '--network mionet --spiking branch --branch 100 --trunk 60,60 --features 60 --learning-rate 3e-3 --amplitude none',
  ),
  withOptions(
    'accuracy-advection-diffusion-one-branch',
    300,
    `accuracy --problems advection-diffusion --estimators eligibility,bp ${three} --seconds 40`,
    '--network pod-deeponet --spiking branch --branch 200 --features 60 --learning-rate 1e-3 --readout-solve 200 --amplitude none',
  ),
  withOptions(
    'accuracy-advection-diffusion-default',
    150,
    `accuracy --problems advection-diffusion --estimators eligibility ${fresh}`,
  ),
  withOptions(
    'accuracy-allen-cahn',
    900,
    `accuracy --problems allen-cahn --estimators gaussNewton ${fresh}`,
    ...['', `${dense} `].map((network) => `${network}--patience 20`),
  ),
  ...(
    [
      ['exact', later, `${dense} ${oddShock} --steps 300`],
      ['exact-noise', later, `${dense} ${oddShock} --steps 300 --noise 0.01`],
      ['first-spike', longer, `--code firstSpike ${oddShock} --steps 600`],
      ['first-spike-noise', latest, `--code firstSpike ${oddShock} --steps 300 --noise 0.01`],
    ] as const
  ).map(([name, keys, options]) =>
    withOptions(
      `accuracy-inverse-burgers-${name}`,
      900,
      `accuracy --problems inverse-burgers --estimators gaussNewton ${keys}`,
      options,
    ),
  ),
  ...[
    ['', 240, `${dense} --lid regularised`, `${dense} --lid uniform`],
    ['-spikes', 400, '--code firstSpike --lid regularised'],
  ].map(([name, seconds, ...networks]) =>
    withOptions(
      `accuracy-lid-driven-cavity${name}`,
      Number(seconds),
      `accuracy --problems lid-driven-cavity --estimators gaussNewton ${fresh}`,
      ...networks.map((network) => `${network} --patience 20`),
    ),
  ),
  withOptions('accuracy-darcy-2d', 300, `accuracy --problems darcy-2d --estimators eligibility ${three}`, '', dense),
  withOptions(
    'accuracy-kovasznay',
    900,
    `accuracy --problems kovasznay --estimators gaussNewton --budget 1500 ${three}`,
    `--hidden 20,20 --below traces --collocation 80 --steps 180 --derivative stencil(accuracy=4,step=0.05) ${dense} --patience 20`,
  ),
  withOptions(
    'accuracy-heat-1d-gradients',
    180,
    `accuracy --problems heat-1d --estimators rfg,bp --budget 1500 ${three}`,
    `${dense} --steps 2000 --patience 20`,
    '--steps 1000 --time 128 --derivative stencil(accuracy=4,step=0.1) --patience 20',
  ),
]
