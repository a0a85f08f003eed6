/**
 * The Burgers operator of Garg, Mandl, Goswami & Chakraborty, "SPINONet: Scalable Spiking Physics-informed Neural
 * Operator for Computational Mechanics Applications" (arXiv 2603.21674), with the sizes of its table 1 and the error of
 * its table 2.
 */
import type { ReproduceCase, ReproduceRow, Reproduction } from './reproduction.js'

const deep = (count: number, width: number): number[] => Array.from({ length: count }, () => width)

/** @param paper the error of the spiking network in the paper */
const rowsOf = (paper: number | null): readonly ReproduceRow[] => [
  { label: 'forward only', paper, ours: { estimator: 'rfg', learningRate: 5e-4 } },
  { label: 'back-propagation', paper, ours: { estimator: 'bp', learningRate: 1e-3 } },
]

const burgers = (loss: 'physics' | 'hybrid', about: string, paper: number | null): ReproduceCase => ({
  name: `burgers-${loss}`,
  problem: 'burgers',
  choice: `Burgers u(x, 0) ↦ u(x, t), periodic, 101 sensors, a branch of 6 layers of 100, trunks of 6 layers of 50, p = r = 20, T = 1 (theirs), ${about}; viscosity 0.01, the random field, 16² residual points, batch 8, rates and 1000 of 40,000 steps (ours)`,
  common: {
    network: 'seponet',
    spiking: 'branch',
    branch: deep(6, 100),
    trunk: deep(6, 50),
    features: 20,
    rank: 20,
    time: 1,
    loss,
    derivative: 'exact',
    neuron: 'variable',
    collocation: 16,
    batch: 8,
    steps: 1000,
    readoutSolve: 0,
  },
  surrogates: [{ name: 'fastSigmoid', about: 'ours; theirs falls like 1/u, ours like 1/u²' }],
  rows: rowsOf(paper),
})

/** The spiking branch and the smooth separable trunk of that paper, forward only and by back-propagation. */
export const spinonet2026: Reproduction = {
  title: 'Spiking branch, smooth separable trunk',
  cite: 'Garg, Mandl, Goswami & Chakraborty, arXiv 2603.21674',
  caveats: [
    'Theirs: variable spiking neurons in the branch, a smooth trunk for each axis, exact derivatives in the coordinates, losses of the equation alone or with data, training by back-propagation with Adam, and the sizes that the rows name.',
    'The column "paper" contains the error of their spiking network on 1,000 test functions, a mean per function. Their dense separable network has 0.06 and their DeepONet without separation 0.05.',
    'Ours: what the rows say, and the forward-only rows. The paper’s viscosity, batch, rate and slope are not known to us, so its number may be of a harder or an easier problem. It has 51² residual points and 40,000 epochs.',
    'Left out: its heat equation in the plane with a diffusivity as a further axis (0.09, dense 0.10) and its eikonal equation (0.016, dense 0.007), for which we have no problem. It adds data on the eikonal equation; here they are added on Burgers.',
    'Costs of a step are compared with back-propagation through the same network.',
    'A network with untrained spiking layers and a readout solved by ridge regression on data is the baseline that training has to beat.',
  ],
  claimedSaving: null,
  cases: [
    burgers('physics', 'from the equation alone', 0.07),
    burgers('hybrid', 'from the equation and data (ours)', null),
  ],
}
