import type { Widths } from '../catalogue/kinds/networkSizes.js'
import { key as keyOf, sizeOf, trace } from '@spikeward/core'
import type { HostCoords, InputColumn, Network, PointSet, RegressionProblem, Tree, WindowShape } from '@spikeward/core'
import { countOf, pointsOf } from '@spikeward/problems'
import {
  type Callback,
  type Evaluator,
  type Task,
  type Variables,
  ensemble,
  ensembleTask,
  evaluate,
  evaluator,
  memberOf,
  regressionTask,
} from '@spikeward/train'
import { unitsOfLoss } from './unitsOfLoss.js'
import { accuracyOf, delayRows, pointRows } from '../baselines/baselineData.js'
import type { TrainConfig } from '../config/trainConfig.js'
import { sharedReadout, solveReadout, standardise, untrainedRidge } from '@spikeward/operators'
import { usageError } from '../usage/usageError.js'
import { networkRecord, pointData, pointNetwork, showsFeatures } from './network/buildNetwork.js'
import type { FeatureVariables, FeaturesOf, FromData } from './network/buildNetwork.js'
import { freeRun } from './freeRun.js'
import { ofFirst, pickRows, pointRecorder } from './neuronRecorder.js'
import { usualPenalty } from '../config/settings/runSettings.js'
import type { Assembly, MeasuredOn, Measurement, Names, RegressionExperiment, Split } from './experiment.js'

/** A network of points, as the experiments of functions of points and of equations measure and evaluate it. */
export const atPoints = (network: Network<Variables>, { outputs }: Pick<RegressionProblem, 'outputs'>) => ({
  async measured(variables: Variables, points: PointSet): Promise<Measurement> {
    const { prediction, relativeL2 } = await evaluate(network, variables, points)
    return { prediction, relativeL2, relativeL2Pooled: relativeL2, perFunction: null }
  },
  async predict(variables: Variables, at: HostCoords): Promise<Float64Array> {
    const count = countOf(at)
    const set = { x: pointsOf(at).x, y: new Float64Array(count * outputs), count, grid: null }
    return (await evaluate(network, variables, set)).prediction
  },
})

export function pointsIn(on: MeasuredOn): PointSet {
  if (on.kind === 'points') return on.points
  throw usageError('CLI_USAGE', 'functions were given to a run that learned no operator; give points')
}

export const numbered = (name: string, outputs: number): readonly string[] =>
  outputs === 1 ? [name] : Array.from({ length: outputs }, (_, o) => `u_${o}`)

const inputsOf = ({ name, levels }: InputColumn): readonly string[] =>
  levels === null ? [name] : levels.map((level) => `${name}=${level}`)

function namesOf({ inputs, outputs, columns, window, ...problem }: RegressionProblem): Names {
  const outputColumns = window?.classes ?? problem.outputColumns
  const hasNames = outputColumns?.length === outputs
  const x = inputs === 1 ? ['x'] : Array.from({ length: inputs }, (_, a) => `x${a + 1}`)
  return {
    inputs: columns?.flatMap(inputsOf) ?? x,
    outputs: hasNames ? outputColumns : numbered(columns === undefined ? 'y' : 'u', outputs),
    named: hasNames,
    columns: columns ?? null,
  }
}

/**
 * A function of points and the network that learns it. The windows of sequences are read by a recurrent network one
 * time step after the other, and by any other network as points.
 */
export async function regressionExperiment(of: Assembly<RegressionProblem>): Promise<RegressionExperiment> {
  const { config, problem, entry, units, how } = of
  const { window } = problem
  const data = window !== undefined && entry.readsSteps ? windowData(problem, window) : pointData(problem)
  const common = ofPoints(problem)
  const { counts } = common
  const empty = (['train', 'validation', 'test'] as const).find((split) => counts[split] === 0)
  if (empty !== undefined)
    throw usageError(
      'CLI_BAD_VALUE',
      `no row is left for ${empty}: give a file with at least 10 rows, or another --split`,
    )
  const batch = batchOf(config, counts.train, 'training points')
  const { members } = config
  const one = how.own?.network ?? (await pointNetwork(config, entry, data, units))
  const network = members === null ? one : ensemble(one, members)
  const solvable = showsFeatures(one) ? one : null
  const hidden = config.hidden ?? []
  const ofOne = regressionTask({ network: one, problem, batch, ...unitsOfLoss(problem) })
  const validator = (): Evaluator<Variables> => evaluator(network, problem.points('validation'))
  const task = members === null ? ofOne : ensembleTask(members, ofOne, { init: network.init, validator })
  const { measured, predict } = atPoints(network, problem)
  const dataOf = (split: Split): MeasuredOn => ({ kind: 'points', points: problem.points(split) })
  const solved = hidden.at(-1) ?? problem.inputs
  return {
    ...common,
    ...(window === undefined ? {} : { unit: 'windows' as const }),
    kind: 'regression',
    names: namesOf(problem),
    record: await networkRecord(config, entry, data, {
      kind: 'regression',
      shape: {
        ...{ inputs: problem.inputs, domain: problem.domain, outputs: problem.outputs, sensors: null },
        ...(window?.classes === undefined ? {} : { classes: window.classes }),
      },
    }),
    problem,
    network,
    task,
    callbacks:
      config.readoutSolve === null
        ? []
        : [{ every: config.readoutSolve, ...solveOf(config, solvable, problem.outputs) }],
    size: {
      parameters: parametersOf(task),
      rows: (members ?? 1) * rowsOf(batch, hidden, config.spiking === 'none' ? 1 : config.time),
      widest: Math.max(problem.inputs, ...hidden, problem.outputs),
      solved,
    },
    neurons: (split, which) => {
      const { inputs } = problem
      const rows = pickRows(problem.points(split).x, inputs, which)
      return Promise.resolve(ofFirst(members, pointRecorder(one, rows, inputs)))
    },
    data: (split) => Promise.resolve(dataOf(split)),
    async measure(variables, on) {
      const points = pointsIn(typeof on === 'string' ? dataOf(on) : on)
      const errors = await measured(variables, points)
      if (window?.classes !== undefined) return { ...errors, accuracy: accuracyOf(errors.prediction, points) }
      if (window === undefined || on === 'validation') return errors
      const horizon = await freeRun(network, variables, window, points)
      return horizon === null ? errors : { ...errors, horizon }
    },
    predict,
    ...(members === null ? {} : { deviation: atPoints(ensemble(one, members, 'deviation'), problem).predict }),
    rows(on = dataOf('test')) {
      const test = pointsIn(on)
      return Promise.resolve(
        window === undefined ? [{ ...pointRows(problem), test }] : delayRows({ ...problem, window }, test),
      )
    },
    noBaseline: noRidge(solved),
    async baseline(untrained, on = dataOf('test')) {
      if (solvable === null) return null
      const test = pointsIn(on)
      const other: RegressionProblem = { ...problem, points: (of) => (of === 'test' ? test : problem.points(of)) }
      const first = members === null ? untrained : memberOf(untrained, 0)
      return (await untrainedRidge(solvable, first as FeatureVariables, other)).relativeL2
    },
  }
}

/** The most features of a readout for which the baseline is solved: the time grows with their cube. */
const MAX_FEATURES = 4096

/** The reason why a network with a readout of `solved` features has no ridge baseline; null: it has one. */
export function noRidge(solved: number): string | null {
  if (solved === 0) return 'none: the network does not show the features of its readout'
  if (solved <= MAX_FEATURES) return null
  return `skipped: a ridge regression on ${solved} features takes too much time and memory; the limit is ${MAX_FEATURES}`
}

function solveOf(config: TrainConfig, network: FeaturesOf | null, outputs: number): Omit<Callback, 'every'> {
  if (network !== null) {
    const penalty = penaltyOf(config)
    const { lambda = usualPenalty } = penalty
    const shared = sharedReadout(network, { lambda, outputs })
    return { run: solveReadout(network, penalty), shared }
  }
  throw usageError(
    'CLI_USAGE',
    `${config.network} does not expose the features from which a readout is solved; leave out --readout-solve`,
  )
}

/** The members that experiments on points share; those of operators are empty. */
export const ofPoints = ({ points, notes = [] }: Pick<RegressionProblem, 'notes' | 'points'>) => ({
  unit: 'points' as const,
  counts: { train: points('train').count, validation: points('validation').count, test: points('test').count },
  ...{ notes, callbacks: [], sensors: null, places: null, readouts: null, blocks: null, rollout: null },
})

/** The rows of a step: the batch of the settings, or all rows of a file that has fewer. */
export function batchOf({ batch, data }: Pick<TrainConfig, 'batch' | 'data'>, count: number, what: string): number {
  if (data !== null) return Math.min(batch, count)
  if (batch <= count) return batch
  throw usageError('CLI_BAD_VALUE', `a batch of ${batch} from ${count} ${what}; give --batch from 1 to ${count}`)
}

/**
 * The number of rows of the widest layer that are held at once: all time steps if a layer passes its spikes on, up to
 * the networks' chunk.
 */
export function rowsOf(samples: number, hidden: Widths, time: number): number {
  return hidden.length <= 1 ? samples : Math.max(samples, Math.min(32_768, samples * time))
}

/** The number of learned parameters of a task, from shapes only: nothing is computed. */
export function parametersOf({ init }: Pick<Task, 'init'>): number {
  const { program } = trace((key: ReturnType<typeof keyOf>): Tree => init(key).trained, keyOf(0))
  return program.outputs.reduce((sum, { aval }) => sum + sizeOf(aval.shape), 0)
}

export const penaltyOf = ({ readoutPenalty }: Pick<TrainConfig, 'readoutPenalty'>): { readonly lambda?: number } =>
  readoutPenalty === null ? {} : { lambda: readoutPenalty }

/** The options that a window determines: those of one time step, and the numbers of steps. */
function windowData(
  { points, domain }: RegressionProblem,
  { steps, scored, channels, outputs, classes, elapsed }: WindowShape,
): FromData {
  const train = points('train')
  return {
    ...{ inputs: () => channels, outputs: () => outputs, steps: () => steps, scored: () => scored },
    domain: () => domain.slice(0, channels),
    classes: () => classes !== undefined,
    ...(elapsed === undefined ? {} : { elapsed: () => elapsed }),
    ...(classes === undefined ? { output: () => standardise({ ...train, count: train.count * scored }) } : {}),
  }
}
