import { key as keyOf, treeLeaves } from '@spikeward/core'
import type { Backend } from '@spikeward/core'
import { countStep, energyModels, modelledEnergy } from '@spikeward/energy'
import type { Ledger, ModelledEnergy } from '@spikeward/energy'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { spikingMlp, standardise } from '@spikeward/operators'
import { adam } from '@spikeward/optim'
import { mexicanHat } from '@spikeward/problems'
import { lossAt, regressionTask, stepLossOf } from '@spikeward/train'
import { makeEstimator } from '../estimators.js'
import { mean } from '../sampleStatistics.js'
import { searchGrid } from '../tuned/search/searchGrid.js'
import { stepsToTarget } from './stepsToTarget.js'
import type { Reached } from './stepsToTarget.js'

/** The network, its training and the target, as options of `energy` state them. */
export type EnergySettings = {
  readonly hidden: readonly number[]
  readonly time: number
  readonly batch: number
  readonly trialKeys: readonly number[]
  readonly keys: readonly number[]
  readonly target: number
  readonly most: number
}

/** A training with a trial key. Older runs had a single key and do not name it. */
export type EnergyTrial = { readonly learningRate: number; readonly key?: number; readonly steps: number | null }

/** One estimator: the work of a step, its energy by every model, and the steps to the target for each key. */
export type EnergyRow = {
  readonly estimator: string
  readonly ledger: Ledger
  readonly energy: readonly ModelledEnergy[]
  /** Learning rates that were tried with the trial keys, and the steps that each took; the fewest steps choose. */
  readonly trials: readonly EnergyTrial[]
  readonly learningRate: number
  readonly steps: readonly (number | null)[]
  /** Wall-clock time of a step, by key; null for a training that is too short to time. */
  readonly msPerStep: readonly (number | null)[]
}

/** The learning rates of Adam from which the trials start: those of the accuracy benchmark. */
const rates: Readonly<Record<string, number>> = { bp: 3e-2, eligibility: 3e-2, feedback: 1e-2, spsa: 5e-3 }
const OTHER_RATE = 1e-3

/** Trials are a factor of √10 apart: three around the rate that they start from, and further ones. */
const [FIRST_POWERS, LIMITS] = [[[0], [-1], [1]], [[-8, 8]]] as const

/** A training that misses the target counts as this many times the step limit. */
const MISSED = 2

/** The problem that is trained on. */
export const energyProblem = mexicanHat()

/** Counts a step of an estimator, chooses its rate by trials, and trains to the target with each key. */
export async function measureEnergy(s: EnergySettings, estimatorName: string, backend: Backend): Promise<EnergyRow> {
  const network = spikingMlp({
    inputs: energyProblem.inputs,
    outputs: energyProblem.outputs,
    hidden: s.hidden,
    time: s.time,
    neuron: leakyIntegrateAndFire({ beta: 1 }),
    spike: spike(atan()),
    domain: energyProblem.domain,
    output: standardise(energyProblem.points('train')),
  })
  const estimator = makeEstimator(estimatorName)
  const task = regressionTask({ network, problem: energyProblem, batch: s.batch })
  const loss = stepLossOf(task)
  const [first = 0] = s.keys
  const key = keyOf(first, { backend })
  const { trained, fixed } = network.init(key.fold(0))
  const ledger = await countStep({
    lossAt: (f: typeof fixed, data: ReturnType<typeof task.data>, k) => lossAt(loss, { fixed: f, data }, k),
    estimator,
    optimizer: adam(OTHER_RATE),
    trained,
    fixed,
    data: task.data(),
    key,
  })
  treeLeaves([trained, fixed]).forEach((t) => t.dispose())
  const reachBy = (learningRate: number, k: number): Promise<Reached> =>
    stepsToTarget(
      network,
      energyProblem,
      estimator,
      { learningRate, batch: s.batch, key: k, target: s.target, most: s.most },
      backend,
    )
  const centre = rates[estimatorName] ?? OTHER_RATE
  const trials: EnergyTrial[] = []
  const rateAt = (power: number): number => Number((centre * 10 ** (power / 2)).toPrecision(3))
  const { best } = await searchGrid(FIRST_POWERS, LIMITS, async ([power = 0]) => {
    const learningRate = rateAt(power)
    const taken: (number | null)[] = []
    for (const k of s.trialKeys) {
      const { steps } = await reachBy(learningRate, k)
      trials.push({ learningRate, key: k, steps })
      taken.push(steps)
    }
    return taken.every((n) => n === null) ? Infinity : mean(taken.map((n) => n ?? MISSED * s.most))
  })
  const learningRate = rateAt(best[0]!)
  const reached: Reached[] = []
  for (const k of s.keys) reached.push(await reachBy(learningRate, k))
  const steps = reached.map((r) => r.steps)
  const msPerStep = reached.map((r) => (Number.isFinite(r.msPerStep) ? r.msPerStep : null))
  const energy = Object.values(energyModels).map((model) => modelledEnergy(ledger.total, model))
  return { estimator: estimatorName, ledger, energy, trials, learningRate, steps, msPerStep }
}
