/** Baselines of time-steppers: nothing changes, and regressions from a field to its increment. */
import type { Backend, OperatorData, RolloutProblem } from '@spikeward/core'
import { type PredictFrames, type RolloutMeasures, rolloutMeasures } from '@spikeward/train'
import { operatorRows, someRows } from './baselineData.js'
import type { BaselineFacts } from './baselines.js'
import { kernelStepper } from './kernelRidge.js'
import { type Predict, linearStepper } from './linearRidge.js'

/** Centres of a kernel stepper: each of the steps of ten trajectory lengths multiplies by all of them. */
const CENTRES = 2000
const HELD = 500

/** Rolls out a rule for the increments of fields in one step, [rows, points, channels], from rows of sensor values. */
const stepped =
  (
    { outputs, trajectory: { frames }, sensors: { count: width } }: RolloutProblem,
    increments: Predict,
  ): PredictFrames =>
  async (first, count) => {
    const steps = frames - 1
    const points = width / outputs
    const out = new Float64Array(count * width * steps)
    const rows = first.slice()
    for (let k = 0; k < steps; k++) {
      const change = await increments(rows, count)
      for (let n = 0; n < count; n++)
        for (let p = 0; p < points; p++)
          for (let c = 0; c < outputs; c++) {
            const i = (n * outputs + c) * points + p
            rows[i]! += change[(n * points + p) * outputs + c]!
            out[((n * points + p) * steps + k) * outputs + c] = rows[i]!
          }
    }
    return out
  }

/**
 * Persistence, and linear and kernel ridge regression of the increment of a field on the field, each rolled out from the first frames of the test
 * trajectories. Settings are chosen by the error of one step on validation pairs.
 *
 * @param backend one with double precision
 */
export async function rolloutBaselines(
  problem: RolloutProblem,
  backend: Backend,
): Promise<Pick<BaselineFacts, 'linear' | 'kernel' | 'persistence' | 'rollout'>> {
  const { step } = problem
  const pairs = (of: 'train' | 'validation'): Promise<OperatorData> => step.data(of)
  const [train, validation] = [await pairs('train'), await pairs('validation')]
  const whole = operatorRows(step, { train, validation, test: validation })
  const held = someRows(whole.validation, HELD)
  const data = { ...whole, validation: held, test: held }
  const test = await problem.data('test')
  const measured = (increments: Predict): Promise<RolloutMeasures> =>
    rolloutMeasures(stepped(problem, increments), problem, test)
  const persistence = await measured((rows) => Promise.resolve(new Float64Array(rows.length)))
  const linear = await linearStepper(data, { backend }, measured)
  const kernel = await kernelStepper(data, { backend, centres: CENTRES }, measured)
  const error = ({ relativeL2 }: RolloutMeasures): number => relativeL2 ?? Infinity
  return {
    linear: { ...linear.facts, relativeL2: error(linear.found) },
    kernel: { ...kernel.facts, relativeL2: error(kernel.found) },
    persistence: persistence.relativeL2,
    rollout: { persistence, linear: linear.found, kernel: kernel.found },
  }
}
