/**
 * The rows of Wan, Zhang & Karniadakis, "Randomized Forward Mode Gradient for Spiking Neural Networks in Scientific
 * Machine Learning" (Neural Networks 2026, 10.1016/j.neunet.2026.108978; arXiv 2411.07057), and the settings with which
 * we run them. This file is data: a further problem is one more entry of `cases`.
 */
import type { ReproduceRow, Reproduction } from './reproduction.js'

const surrogates = [
  { name: 'atan', about: 'standard surrogate' },
  { name: 'steinGaussian', about: 'Stein’s weak form' },
] as const

/** Rows of an operator problem, for which the paper's errors are not known to us. */
const operatorRows: readonly ReproduceRow[] = [
  { label: 'forward gradient, global', paper: null, ours: { estimator: 'rfg', declared: { scope: 'global' } } },
  { label: 'forward gradient, layer-wise', paper: null, ours: { estimator: 'rfg', declared: { scope: 'layerwise' } } },
  { label: 'back-propagation', paper: null, ours: { estimator: 'bp' } },
]

const hatRows: readonly ReproduceRow[] = [
  {
    label: 'forward gradient, global',
    paper: 0.0426,
    ours: { estimator: 'rfg', declared: { scope: 'global', directions: 8 }, learningRate: 1e-3, steps: 30_000 },
  },
  {
    label: 'forward gradient, layer-wise',
    paper: 0.0342,
    ours: {
      estimator: 'rfg',
      declared: { scope: 'layerwise', directions: 4 },
      learningRate: 1e-3,
      steps: 30_000,
    },
  },
  {
    label: 'back-propagation',
    paper: 0.0298,
    ours: { estimator: 'bp', learningRate: 1e-2, steps: 5000 },
  },
]

export const wan2024: Reproduction = {
  title: 'Random forward gradients against back-propagation',
  cite: 'Wan, Zhang & Karniadakis, Neural Networks 2026, doi 10.1016/j.neunet.2026.108978 (arXiv 2411.07057)',
  caveats: [
    'The column "paper" contains the numbers that the paper reports for the Mexican hat, the only ones known to us. Everything else on this page was measured here.',
    'The paper’s widths, numbers of time steps, σ, optimiser and number of iterations are not known to us, and its code is not public: all settings here are ours, learning rates chosen on the validation points or functions.',
    'The function of the Mexican hat is ours as well (s = 0.4), and so are the details of the two operator problems. Matching the paper’s numbers on it does not prove that the paper’s problem is reproduced.',
    'The paper does not state s. The rows of s = 0.8 compare with the same three numbers, since later papers of the group use that setting.',
    'The paper does not say which of the two slopes gave its numbers, so they are shown for both on the hat of s = 0.4.',
    'A network with untrained spiking layers and a readout solved by ridge regression is the baseline that training has to beat.',
    'Errors of operators are the mean of the errors of the individual test functions (relativeL2 in a summary) and the pooled error, of all functions together (relativeL2Pooled); the two differ.',
  ],
  claimedSaving: 0.66,
  cases: [
    {
      name: 'mexican-hat',
      problem: 'mexican-hat',
      choice: 'Mexican hat of two variables on [−1, 1]², s = 0.4 (ours)',
      common: { hidden: [100], time: 32, batch: 256 },
      surrogates,
      rows: hatRows,
    },
    {
      name: 'mexican-hat-0.8',
      problem: 'mexican-hat',
      declared: { s: 0.8, train: 100, test: 300 },
      choice:
        'Mexican hat of two variables on [−1, 1]² at the setting of the group’s later papers: s = 0.8, 100² training and 300² test points; rates and steps as for s = 0.4, one slope (ours)',
      common: { hidden: [100], time: 32, batch: 256 },
      // At s = 0.4 the two slopes end within their spread.
      surrogates: surrogates.slice(0, 1),
      rows: hatRows,
    },
    {
      name: 'poisson-1d',
      problem: 'poisson-1d',
      choice: 'Poisson equation −u″ = f on [−1, 1] as an operator f ↦ u, 51 sensors, RBF length 1 (ours)',
      common: { network: 'deeponet' },
      surrogates,
      rows: operatorRows,
    },
    {
      name: 'reaction-diffusion',
      problem: 'reaction-diffusion',
      choice:
        'Reaction–diffusion u_t = 0.01 u_xx + 0.01 u² + f as an operator f ↦ u, 100 sensors, RBF length 0.2 (ours)',
      common: { network: 'seponet' },
      surrogates,
      rows: operatorRows,
    },
  ],
}
