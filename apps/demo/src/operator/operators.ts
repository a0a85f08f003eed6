import type { OperatorProblem } from '@spikeward/core'
import { atan, leakyIntegrateAndFire } from '@spikeward/neurons'
import { deepOnet, withHardConditions } from '@spikeward/operators'
import { poisson1d, reactionDiffusion } from '@spikeward/problems'

type Choice = {
  readonly problem: () => OperatorProblem
  /** Length scale of the sources in its training set, as a share of the interval. */
  readonly smoothness: number
  readonly features: number
  readonly branch: readonly number[]
  readonly trunk: readonly number[]
  readonly time: number
}

/**
 * The operators that the page shows, and the widths of the networks that learn them. Each has a trained checkpoint in
 * public/checkpoints, which scripts/trainCheckpoint.ts writes.
 */
export const operators = {
  poisson: {
    problem: () => poisson1d({ lengthScale: 0.5, test: 200 }),
    smoothness: 0.25,
    features: 24,
    branch: [256],
    trunk: [128],
    time: 64,
  },
  'reaction-diffusion': {
    problem: () => reactionDiffusion({ lengthScale: 0.25, test: 100 }),
    smoothness: 0.25,
    features: 32,
    branch: [256],
    trunk: [192],
    time: 64,
  },
} as const satisfies Readonly<Record<string, Choice>>

/** The name of one of them. */
export type OperatorName = keyof typeof operators

/**
 * The spiking DeepONet of a problem: bare, and with the conditions that its output satisfies exactly.
 *
 * @param sample input functions [n, m] on which its rates are centred at initialisation; none if it is restored
 */
export function makeOperator(name: OperatorName, problem: OperatorProblem, sample?: Float64Array) {
  const { features, branch, trunk, time } = operators[name]
  const spiking = { kind: 'spiking', neuron: leakyIntegrateAndFire({ beta: 1 }), surrogate: atan(), time } as const
  const inner = deepOnet({
    sensors: problem.sensors.count,
    axes: problem.axes.length,
    features,
    domain: problem.domain,
    branch: { ...spiking, hidden: branch },
    trunk: { ...spiking, hidden: trunk },
    ...(sample === undefined ? {} : { sample }),
  })
  const hard = problem.physics!.hard!
  return { inner, hard, network: withHardConditions(inner, hard) }
}
