/** The rows of `all`: command lines, each with its own file, so that each can be run by itself. */
import { comparisonRows } from './comparisonRows.js'
import { equationRows } from './equationRows.js'
import { fivePairs, learningRows } from './learningRows.js'
import { row, withOptions } from './suiteRow.js'
import type { SuiteRow } from './suiteRow.js'

/** Test keys: no setting was chosen with them. */
const keys = '101,102,103,104,105'

/** A network whose readout is solved every 20 steps. */
const solved = '--hidden 200 --time 64 --readout-solve 20'

/** Operators and equations: keys, and options of `train`. */
const five = '--keys 71,72,73,74,75'
const three = '--keys 71,72,73'
const [seponet, deeponet] = ['--network seponet', '--network deeponet']
const [physics, dense] = ['--loss physics', '--spiking none']
/** Two hidden layers on each side of an operator network. */
const deep = '--branch 128,128 --trunk 128,128'
/** The shock of Burgers' equation from the equation alone, and keys that chose no schedule. */
const shock = 'accuracy --problems burgers-pinn --estimators gaussNewton'
const tenKeys = '541,542,543,544,545,546,547,548,549,550'
/** Keys of networks and of functions that vary together. */
const pairs = '--keys 751,752,753,754,755 --data-keys 851,852,853,854,855'

/** A step so small that the code around its kernels counts. */
const smallStep = 'profile --widths 2,100,1 --time 32 --batch 256 --rounds 400'

/** The full suite. */
export const full: readonly SuiteRow[] = [
  row('step-cpu-1-thread', 90, 'step --backend cpu --threads 1'),
  row('step-cpu-2-threads', 5, 'step --backend cpu --threads 2 --peers none'),
  row('step-native', 90, 'step --backend native --threads 1 --peers torch'),
  row('step-native-2-threads', 5, 'step --backend native --threads 2 --peers none'),
  row('step-native-k8', 120, 'step --backend native --threads 1 --directions 8 --peers torch'),
  row(
    'step-native-k8-rademacher',
    120,
    'step --backend native --threads 1 --directions 8 --distribution rademacher --peers torch',
  ),
  row('step-native-triangular', 60, 'step --backend native --threads 1 --surrogate triangular --peers torch'),
  row('step-native-4096', 120, 'step --backend native --threads 1 --batch 4096 --time 32 --peers torch'),
  row('step-native-bp', 60, 'step --backend native --threads 1 --estimator bp --peers torch'),
  row('table-cpu', 30, 'table --backend cpu'),
  row('table-native', 20, 'table --backend native'),
  row('table-native-rademacher', 20, 'table --backend native --distribution rademacher'),
  row(
    'table-native-depth',
    60,
    'table --backend native --others feedback,rateBackpropagation,rateBackpropagation/weightMirror --width 64 --layers 5 --time 32 --batch 256 --repeat 8',
  ),
  row('memory-cpu', 60, 'memory --backend cpu'),
  row(
    'memory-native-depth',
    30,
    'memory --backend native --widths 2,64,64,64,1 --batch 256 --estimators bp,bp/checkpoint,rateBackpropagation,rateBackpropagation/weightMirror',
  ),
  row(
    'memory-native-long',
    300,
    'memory --backend native --widths 2,64,64,64,1 --batch 256 --times 64,1024,16384 --estimators rfg,rateBackpropagation,rateBackpropagation/weightMirror,bp/checkpoint,bp',
  ),
  ...learningRows,
  row('scaling-native', 110, 'scaling --backend native'),
  row('peers', 600, 'peers --backends native'),
  row(
    'accuracy-mexican-hat',
    300,
    `accuracy --estimators eligibility,bp,rfg,randomSign(rfg) --baselines all --budget 7200 ${fivePairs}`,
  ),
  withOptions(
    'accuracy-mexican-hat-narrow',
    600,
    `accuracy --keys ${keys} --estimators rfg,rfg/layerwise`,
    `--s 0.25 ${solved} --steps 18000 --learning-rate 1e-3`,
  ),
  withOptions(
    'accuracy-mexican-hat-narrow-short',
    150,
    'accuracy --keys 101,102,103 --estimators rfg',
    `--s 0.25 ${solved} --steps 8000 --learning-rate 2e-3`,
  ),
  withOptions(
    'accuracy-mexican-hat-narrow-layerwise',
    300,
    'accuracy --keys 101,102,103 --estimators rfg/layerwise',
    `--s 0.25 ${solved} --steps 26000 --learning-rate 6e-3`,
  ),
  withOptions(
    'accuracy-mexican-hat-narrow-activity',
    90,
    'accuracy --keys 101,102,103 --estimators activity',
    `--s 0.25 ${solved} --steps 20000 --learning-rate 3e-3`,
  ),
  withOptions(
    'accuracy-mexican-hat-narrow-mirror',
    250,
    'accuracy --keys 101,102,103 --estimators controlVariate(rfg(scope=layerwise),rateBackpropagation(transport=weightMirror))',
    `--s 0.25 ${solved} --steps 8000 --learning-rate 1e-2`,
  ),
  withOptions(
    'search-poisson-1d',
    400,
    'search --problem poisson-1d --estimators eligibility --keys 201,202 --budget 900',
    '--time 64',
    '--time 128',
  ),
  withOptions(
    'accuracy-poisson-1d-128',
    200,
    `accuracy --problems poisson-1d --backends native --threads 1 --estimators eligibility ${five}`,
    '--time 128 --learning-rate 1e-4',
  ),
  withOptions(
    'search-poisson-1d-deep',
    300,
    'search --problem poisson-1d --estimators rateBackpropagation --keys 201',
    `${deep} --steps 3000 --readout-solve 0`,
  ),
  withOptions(
    'accuracy-poisson-1d-deep',
    300,
    'accuracy --problems poisson-1d --estimators rateBackpropagation --keys 71,72,73',
    `${deep} --steps 8000 --learning-rate 1e-3 --readout-solve 0`,
  ),
  row('step-webgpu', 200, 'step --backend webgpu --batch 256 --peers jax-js,tfjs --repeat 6'),
  row('step-webgpu-k8', 300, 'step --backend webgpu --directions 8 --batch 256 --peers jax-js,tfjs --repeat 6'),
  withOptions('accuracy-burgers-pinn', 900, `${shock} --keys ${tenKeys}`),
  withOptions('accuracy-burgers-pinn-dense', 300, `${shock} --keys 541,542,543,544,545`, dense),
  withOptions('accuracy-burgers-pinn-slower', 900, `${shock} --keys ${tenKeys}`, '--continuation 300'),
  withOptions(
    'search-burgers-pinn-schedules',
    500,
    `${shock} --keys 521,522 --budget 3000`,
    ...['--steps 400 --continuation 300', '', '--steps 800 --continuation 400'],
  ),
  withOptions('search-burgers-pinn-longer', 200, `${shock} --keys 521,522`, '--steps 800 --continuation 600'),
  withOptions(
    'accuracy-poisson-1d',
    150,
    `accuracy --problems poisson-1d --estimators bp,eligibility,rfg ${five}`,
    ...['', seponet],
  ),
  withOptions(
    'search-poisson-1d-neurons',
    60,
    'search --problem poisson-1d --estimators eligibility --keys 761',
    ...['--time 16', '--neuron variable --time 16'],
  ),
  withOptions(
    'accuracy-poisson-1d-pairs',
    150,
    `accuracy --problems poisson-1d --estimators eligibility ${pairs}`,
    ...['', '--time 16', '--neuron variable --time 16', '--time 8', '--neuron variable --time 8'],
  ),
  withOptions(
    'accuracy-reaction-diffusion',
    500,
    `accuracy --problems reaction-diffusion --estimators rfg,bp ${five}`,
    ...['', deeponet, physics, `${physics} ${deeponet}`],
  ),
  withOptions(
    'accuracy-poisson-1d-dense',
    40,
    `accuracy --problems poisson-1d --estimators bp ${five}`,
    ...[dense, `${dense} ${seponet}`],
  ),
  row(
    'accuracy-reaction-diffusion-pairs',
    400,
    `accuracy --problems reaction-diffusion --estimators eligibility --budget 7200 ${fivePairs}`,
  ),
  withOptions(
    'accuracy-reaction-diffusion-dense',
    160,
    `accuracy --problems reaction-diffusion --estimators bp ${five}`,
    ...[dense, `${dense} ${deeponet}`, `${dense} ${physics}`, `${dense} ${physics} ${deeponet}`],
  ),
  withOptions(
    'accuracy-equations',
    400,
    `accuracy --problems diffusion,advection,burgers --estimators eligibility,rfg ${three}`,
    ...['', dense],
  ),
  ...equationRows,
  ...comparisonRows,
  withOptions(
    'accuracy-poisson-pinn',
    100,
    'accuracy --problems poisson-pinn --estimators bp,rfg --keys 51,52,53',
    '',
    dense,
  ),
  withOptions(
    'accuracy-nonlinear-diffusion-2d',
    200,
    `accuracy --problems nonlinear-diffusion-2d --estimators rfg ${three}`,
    ...['', dense],
  ),
  ...[
    ['parabola', 1250],
    ['ripple', 2000],
  ].map(([problem, steps]) =>
    withOptions(
      `accuracy-${problem}`,
      15,
      `accuracy --problems ${problem} --estimators eligibility --keys 301,302,303,304,305`,
      `--learning-rate 3e-2 --steps ${steps}`,
    ),
  ),
  row('roofline-native', 40, 'roofline --backend native'),
  row('roofline-native-avx2', 40, 'roofline --backend native --instruction-set avx2'),
  row('roofline-cpu', 60, 'roofline --backend cpu'),
  row('profile-small-native', 15, `${smallStep} --backend native`),
  row('profile-small-native-avx2', 15, `${smallStep} --backend native --instruction-set avx2`),
  row('profile-small-cpu', 15, `${smallStep} --backend cpu`),
  row('profile-native', 20, 'profile --widths 2,128,128,1 --backend native --rounds 600'),
  row('profile-spsa-native', 20, 'profile --widths 2,128,128,1 --backend native --estimator spsa --rounds 800'),
  row('profile-one-layer-native', 5, 'profile --widths 2,128,1 --backend native --rounds 600'),
]

/** Small versions of every command, in a few minutes. */
export const quick: readonly SuiteRow[] = [
  row('step', 15, 'step --quick'),
  row('table', 10, 'table --quick'),
  row('memory', 5, 'memory --quick'),
  row('scaling', 20, 'scaling --quick'),
  row('peers', 150, 'peers --quick'),
  row('accuracy', 60, 'accuracy --quick'),
  row('search', 5, 'search --quick'),
  row('roofline', 30, 'roofline --quick'),
]
