/**
 * Problems in the manner of Garg, Mandl, Goswami & Chakraborty, "SPINONet: Scalable Spiking Physics-informed Neural Operator for
 * Computational Mechanics Applications" (arXiv 2603.21674): we know its method from its abstract and overview, and have not read its
 * settings and errors.
 */
import type { ReproduceCase, ReproduceRow, Reproduction } from './reproduction.js'

const rows: readonly ReproduceRow[] = [
  { label: 'forward only', paper: null, ours: { estimator: 'rfg' } },
  { label: 'back-propagation', paper: null, ours: { estimator: 'bp' } },
]

const of = (problem: string, choice: string, loss: 'physics' | 'hybrid'): ReproduceCase => ({
  name: `${problem}-${loss}`,
  problem,
  choice: `${choice}, ${loss === 'physics' ? 'from the equation alone' : 'from the equation and data'} (ours)`,
  common: { network: 'seponet', spiking: 'branch', loss, derivative: 'exact', neuron: 'variable' },
  surrogates: [{ name: 'atan', about: 'ours' }],
  rows,
})

/** The spiking branch and the smooth separable trunk of that paper, forward only and by back-propagation. */
export const spinonet2026: Reproduction = {
  title: 'Spiking branch, smooth separable trunk',
  cite: 'Garg, Mandl, Goswami & Chakraborty, arXiv 2603.21674',
  caveats: [
    'Theirs: variable spiking neurons in the branch, a smooth trunk for each axis, exact derivatives in the coordinates, losses of the equation alone or with data, and training by back-propagation.',
    'Ours: the equations, the distribution of the functions, widths, time steps, surrogate, rates and steps, and the forward-only rows. No setting and no error of the paper is known to us, so the column "paper" is empty and nothing here says that its numbers were reproduced.',
    'Costs of a step are compared with back-propagation through leaky neurons.',
    'A network with untrained spiking layers and a readout solved by ridge regression on data is the baseline that training has to beat.',
  ],
  claimedSaving: null,
  cases: [
    of('reaction-diffusion', 'Reaction–diffusion f ↦ u(x, t)', 'physics'),
    of('burgers', 'Burgers u(x, 0) ↦ u(x, t), viscosity 0.01', 'physics'),
    of('burgers', 'Burgers u(x, 0) ↦ u(x, t), viscosity 0.01', 'hybrid'),
  ],
}
