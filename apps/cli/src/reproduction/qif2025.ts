/**
 * The rows of Wan, Karniadakis & Stinis, "From LIF to QIF: Toward Differentiable Spiking Neurons for Scientific Machine
 * Learning" (arXiv 2511.06614). Its settings are those of the authors' repository github.com/ruyinw/From-LIF-to-QIF,
 * and its errors are from the tables stored there, or computed from the predictions stored there.
 */
import type { CaseSettings, ReproduceRow, Reproduction, RowSettings } from './reproduction.js'

/** A neuron with its settings and the error that the paper has with it. */
type Kind = { readonly shown: string; readonly paper: number | null; readonly own: Omit<RowSettings, 'estimator'> }

type Method = CaseSettings & { readonly estimator: string }

/** Each neuron trained forward only and by back-propagation. */
const rowsOf = (kinds: readonly Kind[], forward: Method, bp: Method): ReproduceRow[] =>
  kinds.flatMap(({ shown, paper, own }) => [
    { label: `${shown}, forward only`, paper, ours: { ...own, ...forward } },
    { label: `${shown}, back-propagation`, paper, ours: { ...own, ...bp } },
  ])

/** The slope with which the paper trains its leaky neurons on the parabola. */
const surrogates = [{ name: 'gaussian', about: 'σ = 0.5, theirs for LIF' }] as const

/**
 * Leaky neurons as in the authors' code, without a leak and with spikes of both signs, and ours of a quadratic
 * membrane.
 */
const stepped = (lif: number | null, qif: number | null, more: CaseSettings = {}, after = ''): Kind[] => [
  { shown: `LIF${after}`, paper: lif, own: { ...more, neuron: 'bipolar' } },
  { shown: `QIF${after}`, paper: qif, own: { ...more, neuron: 'quadratic' } },
]

const regression = { optimizer: 'adaBelief', time: 32 } as const

const deepOperator = stepped(0.198, 0.0273, { time: 32 }, ', T = 32')
  .concat(stepped(0.157, 0.0273, { time: 64 }, ', T = 64'))
  .concat(stepped(0.089, 0.0273, { time: 128 }, ', T = 128'))

/**
 * Mean rates of leaky neurons over T = 128 steps in one hidden layer, and two layers of quadratic neurons that code by
 * their first spikes.
 */
const coded = (qif: number, lif: CaseSettings, quadratic: CaseSettings): Kind[] => [
  { shown: 'LIF', paper: null, own: { time: 128, ...lif } },
  {
    shown: 'QIF, first spikes',
    paper: qif,
    own: { hidden: [20, 20], ...quadratic, declared: { code: 'firstSpike' } },
  },
]

/** Steps of Gauss–Newton, and of back-propagation. */
type Steps = readonly [forward: number, bp: number]

/** Gauss–Newton beside back-propagation: with first spikes it trains both layers by traces. */
const equationRows = (
  [lif, qif]: readonly [Steps, Steps],
  learningRate: number,
  kinds: readonly Kind[],
): ReproduceRow[] =>
  kinds.flatMap(({ shown, paper, own }) => {
    const spikes = own.declared?.['code'] === 'firstSpike'
    const [forward, back] = spikes ? qif : lif
    const traces = spikes ? { below: 'traces', precision: 'f64' } : {}
    const newton = { estimator: 'gaussNewton', optimizer: 'sgd', learningRate: 1, steps: forward }
    return [
      {
        label: `${shown}, forward only`,
        paper,
        ours: { ...own, ...newton, declared: { ...own.declared, ...traces } },
      },
      { label: `${shown}, back-propagation`, paper, ours: { ...own, estimator: 'bp', steps: back, learningRate } },
    ]
  })

const atan = [{ name: 'atan', about: 'ours; first spikes have no surrogate' }] as const

export const qif2025: Reproduction = {
  title: 'Leaky against quadratic neurons',
  cite: 'Wan, Karniadakis & Stinis, arXiv 2511.06614',
  caveats: [
    'The column "paper" contains relative L2 errors of single runs that the paper trains by back-propagation: those of leaky neurons on the parabola and the operator are in tables of the authors’ repository, those of quadratic neurons were computed by us from the predictions stored there. The forward-only rows are compared with the same numbers. LIF of the paper on the ripple, the hat and the Poisson equation is not known to us.',
    'Theirs: the functions, the equations, their domains and points, and where a row states them the widths, the optimiser, its rate and the slope. Their LIF has no leak and spikes of both signs (our `bipolar`). Their QIF codes by spike times and is simulated exactly; ours is a quadratic membrane in time steps, read by its rate, on functions and operators, and codes by the time of the first spike on equations (`code: firstSpike`).',
    'Ours: numbers of steps (theirs are 10,000 to 500,000 on functions and operators), batches, the cosine schedule, and the forward-only rows. Forward only is `feedback` for functions, `eligibility` for operators and `gaussNewton` for equations. A step of Gauss–Newton costs more than one of back-propagation, so that the two take different numbers of steps.',
    'On Burgers and Navier–Stokes the paper has no directly trained LIF: it converts trained dense networks. Its converted and calibrated ones have 0.040, 0.036 and 0.042 in the velocity u of Navier–Stokes with T = 32, 64 and 128, its QIF 0.040.',
    'Costs of a step are compared with back-propagation through the first network of the table.',
    'A network with untrained spiking layers and a readout solved by ridge regression is the baseline that training has to beat.',
  ],
  claimedSaving: null,
  cases: [
    {
      name: 'parabola',
      problem: 'parabola',
      declared: { sigma: 0.5 },
      choice:
        'Parabola on [−1, 1], 100 points, 4 layers of 64, AdaBelief with rate 1e-3 (theirs); 600 of 10,000 steps (ours)',
      common: { ...regression, hidden: [64, 64, 64, 64], learningRate: 1e-3, steps: 600 },
      surrogates,
      rows: rowsOf(stepped(0.0312, 0.0061), { estimator: 'feedback' }, { estimator: 'bp' }),
    },
    {
      name: 'ripple',
      problem: 'ripple',
      declared: { form: 'sine', train: 100, test: 300, sigma: 0.5 },
      choice:
        'Ripple 0.25 sin 4πr + 0.5 on [−1, 1]², 100² training and 300² test points, 4 layers of 64, AdaBelief with rate 1e-2 (theirs); batch 256, 400 of 500,000 steps (ours)',
      common: { ...regression, hidden: [64, 64, 64, 64], learningRate: 1e-2, steps: 400, batch: 256 },
      surrogates,
      rows: rowsOf(stepped(null, 0.0146), { estimator: 'feedback' }, { estimator: 'bp' }),
    },
    {
      name: 'mexican-hat',
      problem: 'mexican-hat',
      declared: { s: 0.8, train: 100, test: 300, sigma: 0.5 },
      choice:
        'Mexican hat of two variables on [−1, 1]², s = 0.8, 100² training and 300² test points, 2 layers of 16, AdaBelief with rate 1e-2 (theirs); batch 256, 2000 of 100,000 steps (ours)',
      common: { ...regression, hidden: [16, 16], learningRate: 1e-2, steps: 2000, batch: 256 },
      surrogates,
      rows: rowsOf(stepped(null, 0.0131), { estimator: 'feedback' }, { estimator: 'bp' }),
    },
    {
      name: 'poisson-1d',
      problem: 'poisson-1d',
      declared: { sigma: 0.3 },
      choice:
        'Poisson equation −u″ = f on [−1, 1] as an operator f ↦ u by a DeepONet, 51 sensors, 800 training and 800 test functions, branch and trunk of 2 layers of 64, 128 features, batch 50, AdaBelief with rate 1e-3 (theirs); RBF length 1, 200 of 24,000 steps, amplitude divided out, readout solved (ours)',
      common: {
        network: 'deeponet',
        branch: [64, 64],
        trunk: [64, 64],
        features: 128,
        sizes: [800, 100, 800],
        batch: 50,
        optimizer: 'adaBelief',
        learningRate: 1e-3,
        steps: 200,
        readoutSolve: 100,
      },
      surrogates: [{ name: 'gaussian', about: 'σ = 0.3, theirs for LIF' }],
      rows: rowsOf(deepOperator, { estimator: 'eligibility' }, { estimator: 'bp' }),
    },
    {
      name: 'poisson-pinn',
      problem: 'poisson-pinn',
      declared: { code: 'rate' },
      choice:
        'Poisson equation with the solution sin πx on [−1, 1], one network solved by its residual (theirs is 2 sin πx on [0, 1], half of that wave, with 2 layers of 64; widths, points and steps ours)',
      common: { hidden: [50], derivative: 'stencil(accuracy=4,step=0.2)' },
      surrogates: atan,
      rows: equationRows(
        [
          [60, 1000],
          [200, 2000],
        ],
        1e-3,
        coded(0.0013, {}, { derivative: 'stencil(accuracy=4,step=0.02)' }),
      ),
    },
    {
      name: 'burgers-pinn',
      problem: 'burgers-pinn',
      declared: { code: 'rate' },
      choice:
        'Burgers’ equation with a shock, ν = 0.01/π, one network solved by its residual, initial and boundary values built in (theirs, on t < 0.99 with 6 layers of 64; widths, points, the falling viscosity and steps ours)',
      common: { hidden: [60], collocation: 300, derivative: 'stencil(accuracy=4,step=0.1)' },
      surrogates: atan,
      rows: equationRows(
        [
          [60, 100],
          [300, 1000],
        ],
        3e-3,
        coded(0.0242, {}, { collocation: 500, derivative: 'stencil(accuracy=4,step=0.003)' }),
      ),
    },
    {
      name: 'taylor-green',
      problem: 'taylor-green',
      declared: { code: 'rate' },
      choice:
        'Navier–Stokes equations in time, ν = 1, vortices of Taylor and Green on [−1, 1]² × [0, 1] (theirs, with 6 layers of 64 and values at the boundary built in); boundary values of u, v and p in the loss, widths, points and steps ours. Ours is the error of u, v and p together, theirs that of u and v: they leave the pressure free',
      common: { hidden: [40], collocation: 80, derivative: 'stencil(accuracy=4,step=0.1)' },
      surrogates: atan,
      rows: equationRows(
        [
          [40, 100],
          [120, 1500],
        ],
        3e-3,
        coded(0.0367, {}, {}),
      ),
    },
  ],
}
