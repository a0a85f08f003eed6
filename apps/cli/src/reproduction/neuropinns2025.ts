/**
 * Problems in the manner of Garg & Chakraborty, "NeuroPINNs: Neuroscience Inspired Physics Informed Neural Networks"
 * (arXiv 2511.06081): we know its method from its abstract and overview. Summaries of it by others disagree about its
 * equations, so none is quoted.
 */
import type { OptionValues } from '@spikeward/experiment'
import type { CaseSettings, ReproduceCase, ReproduceRow, Reproduction } from './reproduction.js'

const rows: readonly ReproduceRow[] = [
  { label: 'forward only', paper: null, ours: { estimator: 'gaussNewton', steps: 20 } },
  { label: 'back-propagation', paper: null, ours: { estimator: 'bp', steps: 60 } },
]

const of = (
  name: string,
  problem: string,
  choice: string,
  declared: OptionValues = {},
  more: CaseSettings = {},
): ReproduceCase => ({
  name,
  problem,
  declared,
  choice: `${choice} (equation and points ours)`,
  common: { spiking: 'branch,trunk', loss: 'physics', derivative: 'stein', neuron: 'variable', ...more },
  surrogates: [{ name: 'atan', about: 'ours' }],
  rows,
})

/** Spiking networks of the coordinates whose derivatives come from noise, forward only and by back-propagation. */
export const neuropinns2025: Reproduction = {
  title: 'Spiking networks of the coordinates, derivatives from noise',
  cite: 'Garg & Chakraborty, arXiv 2511.06081',
  caveats: [
    'Theirs: variable spiking neurons, derivatives of the residual by stochastic projection, which needs no derivative of a spike, and training by surrogate back-propagation.',
    'Ours: the equations, domains, widths, time steps, noise, rates and steps, and the forward-only rows. Steps are few, because a derivative from noise evaluates the network 32 times at each point. Derivatives are those of Gaussian smoothing (Stein), which we use in place of their projection over neighbouring points. No setting and no error of the paper is known to us, so the column "paper" is empty and nothing here says that its numbers were reproduced. Its problem of micromechanics in space is left out.',
    'Costs of a step are compared with back-propagation through leaky neurons.',
    'A network with untrained spiking layers and the readout that satisfies the equation best is the baseline that training has to beat.',
  ],
  claimedSaving: null,
  cases: [
    of('heat', 'heat-1d', 'Heat equation in x and t'),
    of('poisson-square', 'poisson-2d', 'Poisson equation on a square'),
    of('poisson-l', 'poisson-2d', 'Poisson equation on an L, an irregular domain', { shape: 'l' }),
    // A mixed derivative of two axes evaluates the network 32² times at a point: 200 points take 5 GB, 40 take 1 GB.
    of(
      'elasticity',
      'elasticity-2d',
      'Plane stress, two unknowns and mixed derivatives, 40 points a step',
      {},
      {
        collocation: 40,
      },
    ),
  ],
}
