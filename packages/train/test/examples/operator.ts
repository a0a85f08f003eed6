import { rfg } from '@spikeward/estimators'
import { atan, leakyIntegrateAndFire } from '@spikeward/neurons'
import { deepOnet, solveOperatorReadout, standardiseSensors, withHardConditions } from '@spikeward/operators'
import { adam } from '@spikeward/optim'
import { poisson1d } from '@spikeward/problems'
import { evaluateOperator, fit, operatorTask } from '@spikeward/train'

const problem = poisson1d({ sensors: 20, train: 60, validation: 10, test: 20 })
const hard = problem.physics!.hard! // zero at both ends for all parameters
const spiking = { kind: 'spiking', neuron: leakyIntegrateAndFire({ beta: 1 }), surrogate: atan(), time: 8 } as const
const deep = deepOnet({
  sensors: 20,
  axes: 1,
  features: 8,
  domain: problem.domain,
  branch: { ...spiking, hidden: [20] },
  trunk: { ...spiking, hidden: [10] },
  input: standardiseSensors(await problem.data('train')),
})
const network = withHardConditions(deep, hard)
const task = await operatorTask({ network, problem, functions: 20 }) // 20 functions per step, drawn from its key
const callbacks = [{ every: 10, run: solveOperatorReadout(deep, { hard }) }]
for await (const e of fit({ task, callbacks, estimator: rfg(), optimizer: adam(1e-3), key: 0, steps: 40 })) {
  if (e.type !== 'end') continue
  const { relativeL2, relativeL2Pooled } = await evaluateOperator(
    network,
    e.variables,
    problem,
    await problem.data('test'),
  )
  console.log(relativeL2, relativeL2Pooled) // mean of the functions' errors, and the error of all together
}
