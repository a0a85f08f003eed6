/**
 * The rows of Wan, Karniadakis & Stinis, "From LIF to QIF: Toward Differentiable Spiking Neurons for Scientific Machine Learning"
 * (arXiv 2511.06614), as far as their settings are known to us, and the settings with which we run them.
 */
import type { ReproduceRow, Reproduction, RowSettings } from './reproduction.js'

const neurons = [
  { neuron: 'lif', shown: 'LIF' },
  { neuron: 'quadratic', shown: 'QIF' },
] as const

const surrogates = [{ name: 'atan', about: 'standard surrogate' }] as const

/** Both neurons, each trained forward only and by back-propagation. */
const rowsBy = (forward: string, more: Pick<RowSettings, 'time'> = {}, paper: number | null = null): ReproduceRow[] =>
  neurons.flatMap(({ neuron, shown }) =>
    [
      { estimator: forward, method: 'forward only' },
      { estimator: 'bp', method: 'back-propagation' },
    ].map(({ estimator, method }) => ({
      label: `${shown}, ${method}${more.time === undefined ? '' : `, T = ${more.time}`}`,
      paper,
      ours: { estimator, neuron, ...more },
    })),
  )

/** The table of Wan, Karniadakis and Stinis. */
export const qif2025: Reproduction = {
  title: 'Leaky against quadratic neurons',
  cite: 'Wan, Karniadakis & Stinis, arXiv 2511.06614',
  caveats: [
    'The column "paper" contains the mean errors of the spiking DeepONet on the Poisson equation for T = 32, 64 and 128, the only numbers of the paper known to us. We do not know of which neuron they are, so both are compared with them. Everything else on this page was measured here.',
    'The group uses s = 0.8, 100² training points and 300² test points for the hat, and 0.25 sin 4πr + 0.5 for the ripple. Widths, rates, steps, the coefficients of the quadratic neuron and the distribution of the functions are ours; both neurons have the same settings, which were chosen for leaky ones.',
    'The Burgers and Navier–Stokes networks of the paper are left out: we do not know their settings.',
    'Forward only is `eligibility` where the loss is of data, and `rfg` where it is the residual of an equation. The paper trains by back-propagation.',
    'Costs of a step are compared with back-propagation through leaky neurons.',
    'A network with untrained spiking layers and a readout solved by ridge regression is the baseline that training has to beat.',
  ],
  claimedSaving: null,
  cases: [
    {
      name: 'parabola',
      problem: 'parabola',
      choice: 'Parabola on [−1, 1] (points ours)',
      common: {},
      surrogates,
      rows: rowsBy('eligibility'),
    },
    {
      name: 'ripple',
      problem: 'ripple',
      declared: { form: 'sine' },
      choice: 'Ripple 0.25 sin 4πr + 0.5 on [−1, 1]² (the group’s; points ours)',
      common: {},
      surrogates,
      rows: rowsBy('eligibility'),
    },
    {
      name: 'mexican-hat',
      problem: 'mexican-hat',
      declared: { s: 0.8, train: 100, test: 300 },
      choice: 'Mexican hat of two variables on [−1, 1]², s = 0.8, 100² training and 300² test points (the group’s)',
      common: { hidden: [100], time: 32, batch: 256 },
      surrogates,
      rows: rowsBy('eligibility'),
    },
    {
      name: 'poisson-1d',
      problem: 'poisson-1d',
      choice: 'Poisson equation −u″ = f on [−1, 1] as an operator f ↦ u by a DeepONet, 51 sensors, RBF length 1 (ours)',
      common: { network: 'deeponet' },
      surrogates,
      rows: [
        ...rowsBy('eligibility', { time: 32 }, 0.198),
        ...rowsBy('eligibility', { time: 64 }, 0.157),
        ...rowsBy('eligibility', { time: 128 }, 0.089),
      ],
    },
    {
      name: 'poisson-pinn',
      problem: 'poisson-pinn',
      choice: 'Poisson equation on [−1, 1], one network solved by its residual (equation and points ours)',
      common: {},
      surrogates,
      rows: rowsBy('rfg'),
    },
  ],
}
