import type { OperatorProblem } from '@spikeward/core'
import { atan, leakyIntegrateAndFire } from '@spikeward/neurons'
import { deepOnet, withHardConditions } from '@spikeward/operators'
import { poisson1d, reactionDiffusion } from '@spikeward/problems'
import { shownOperators } from './shownOperators.js'
import type { OperatorName } from './shownOperators.js'

const problems = { poisson1d, reactionDiffusion } as const

/** The problem of an operator that the page shows. */
export const problemOf = (name: OperatorName): OperatorProblem => {
  const { problem, options } = shownOperators[name]
  return problems[problem](options)
}

/**
 * The spiking DeepONet of a problem: bare, and with the conditions that its output satisfies exactly.
 *
 * @param sample input functions [n, m] on which its rates are centred at initialisation; none if it is restored
 */
export function makeOperator(name: OperatorName, problem: OperatorProblem, sample?: Float64Array) {
  const { features, branch, trunk, time } = shownOperators[name]
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
