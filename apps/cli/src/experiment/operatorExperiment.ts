import { jit, precisionOf } from '@spikeward/core'
import type { DataOptions, OperatorData, OperatorProblem, OperatorTensors, Tree } from '@spikeward/core'
import { standardiseHardOutputs, standardiseOutputs } from '@spikeward/operators'
import type { PrincipalComponents } from '@spikeward/operators'
import { countOf, pointsOf } from '@spikeward/problems'
import { evaluateOperator, operatorEvaluator, operatorTask, toOperatorTensors } from '@spikeward/train'
import type { Callback, Variables } from '@spikeward/train'
import type { NetworkEntry } from '../catalogue/kinds/networks.js'
import type { TrainConfig } from '../config/trainConfig.js'
import { genericSizes } from '../config/settings/genericSizes.js'
import { pick } from '../usage/pick.js'
import { usageError } from '../usage/usageError.js'
import { branchInputOf, operatorNetwork } from './network/buildNetwork.js'
import { amplitudes, aroundOf } from './amplitudes.js'
import { rowsOf } from './network/spikingBlocks.js'
import type { Units } from './network/spikingBlocks.js'
import { operatorRecorder, pickRows, spacedRows } from './neuronRecorder.js'
import { penaltyOf } from './penaltyOf.js'
import { losses, physicsOf } from './physicsOf.js'
import { checkBatch } from './regressionExperiment.js'
import { parametersOf } from './parametersOf.js'
import type { OperatorExperiment, Solved } from './experiment.js'

/** Penalties from which the validation functions select that of the last solve, and that of the untrained network. */
const PENALTIES = [1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1]

/** Lines along each axis of the grid on which a readout is solved from the equation. */
const LINES = 24

/** Functions that determine the output scaling. */
const SAMPLE = 256

/** The first functions of a set. */
function sampleOf(problem: OperatorProblem, { sensors, values, count }: OperatorData): OperatorData {
  const n = Math.min(SAMPLE, count)
  return {
    count: n,
    sensors: sensors.subarray(0, n * problem.sensors.count),
    values: values.subarray(0, (n * values.length) / count),
  }
}

/**
 * An operator and the network that learns it. Generates the training and validation functions, or reads them.
 *
 * @param components principal components of the input functions, of a stored state; default: computed from the training functions
 */
export async function operatorExperiment(
  config: TrainConfig,
  problem: OperatorProblem,
  entry: NetworkEntry,
  units: Units,
  asked: DataOptions,
  components: PrincipalComponents | null = null,
): Promise<OperatorExperiment> {
  const empty = (['train', 'validation', 'test'] as const).find((split) => problem.sizes[split] < 1)
  if (empty !== undefined) {
    throw usageError('CLI_BAD_VALUE', `no function is left for ${empty}; give a file with at least 10 functions`)
  }
  // The number of training functions of a file is not known when a batch is chosen.
  const batch = config.data === null ? config.batch : Math.min(config.batch, problem.sizes.train)
  checkBatch({ batch }, problem.sizes.train, 'training functions')
  const treatment = pick('amplitude', config.amplitude ?? 'none', amplitudes)
  const train = await problem.data('train', asked)
  const [branch, trunk] = [config.branch ?? genericSizes.branch, config.trunk ?? genericSizes.trunk]
  const hard = config.hard === true && entry.hasOption('trunk') ? (problem.physics?.hard ?? null) : null
  const features = config.features ?? genericSizes.features
  const around = await aroundOf(problem, train, treatment.make(train), hard)
  if (around.told === 1 && entry.hasOption('branches')) {
    throw usageError(
      'CLI_USAGE',
      `--amplitude tell gives a branch one more number, and ${config.network} has a branch for each input function; take divide or none`,
    )
  }
  const output =
    around.transform === null
      ? standardiseOutputs(train, problem.outputs)
      : await standardiseHardOutputs(
          toOperatorTensors(problem, sampleOf(problem, train)),
          around.transform,
          problem.outputs,
        )
  const {
    network: inner,
    solve,
    path,
    solvePhysics,
  } = await operatorNetwork(config, entry, {
    problem,
    train: around.train,
    told: around.told,
    output,
    units,
    branch,
    trunk,
    features,
    components,
  })
  const network = around.wrap(inner)
  const wanted = pick('loss', config.loss ?? 'data', losses)
  const physics = await physicsOf(config, problem.domain, entry.separable)
  const task = await operatorTask<Tree, Tree, Tree>({
    network,
    problem,
    functions: batch,
    ...(config.points === null ? {} : { points: config.points }),
    ...(physics === null ? {} : { physics, data: wanted.data ? 1 : 0 }),
    ...asked,
  })
  const callback = (): Omit<Callback<Tree, Tree, OperatorTensors>, 'every'> => {
    if (solve === null) {
      throw usageError(
        'CLI_USAGE',
        `${config.network} does not expose the features of its readout, so the readout cannot be solved for; leave out --readout-solve`,
      )
    }
    if (wanted.data) return solve({ ...around.parts, ...penaltyOf(config) })
    const differentiate = physics?.differentiate
    if (solvePhysics === null || problem.physics === null || typeof differentiate !== 'function') {
      throw usageError(
        'CLI_USAGE',
        '--readout-solve with --loss physics needs exact derivatives of a learned trunk; use deeponet or seponet with ' +
          '--derivative exact, surrogate or stencil, or leave out --readout-solve',
      )
    }
    return solvePhysics({
      ...around.parts,
      ...penaltyOf(config),
      physics: problem.physics,
      differentiate,
      grid: problem.domain.map(() => LINES),
    })
  }
  const solved = async (given: Variables): Promise<Solved | null> => {
    if (path === null) return null
    const [precision, fitted] = [precisionOf(given), path(around.parts, PENALTIES)]
    const compiled = jit((v: Variables, data: OperatorTensors) => fitted.run(v, data, precision))
    const each = compiled(given, toOperatorTensors(problem, train))
    compiled.dispose()
    const validator = operatorEvaluator(network, problem, await problem.data('validation', asked))
    let best: Solved | null = null
    for (const [i, penalty] of PENALTIES.entries()) {
      const variables = { ...given, trained: each[i]! }
      const { relativeL2 } = await validator.evaluate(variables)
      if (relativeL2 < (best?.validation ?? Infinity)) best = { variables, penalty, validation: relativeL2 }
    }
    validator.dispose()
    return best
  }
  const solves = path !== null && config.readoutSolve !== null && wanted.data
  const points = config.points ?? countOf(problem.at)
  const trunkRows = entry.separable ? Math.ceil(points ** (1 / problem.axes.length)) : points
  return {
    kind: 'operator',
    problem,
    network,
    received: around.train,
    transform: around.transform,
    async measureOther(other, variables, split) {
      return evaluateOperator(around.wrap(other), variables, problem, await problem.data(split, asked))
    },
    branchInput: branchInputOf(around.train, around.told, problem.sensors),
    task,
    callbacks: config.readoutSolve === null ? [] : [{ every: config.readoutSolve, ...callback() }],
    size: {
      parameters: parametersOf(task),
      rows: Math.max(rowsOf(batch, branch, config.time), rowsOf(trunkRows, trunk, config.time)),
      widest: Math.max(problem.sensors.count, features, ...branch, ...trunk),
      solved:
        solve === null ? 0 : Math.max(features, branch.at(-1) ?? 0, entry.hasOption('trunk') ? (trunk.at(-1) ?? 0) : 0),
    },
    async measure(variables, split) {
      return evaluateOperator(network, variables, problem, await problem.data(split, asked))
    },
    counts: problem.sizes,
    async neurons(split, which) {
      const [sensors, axes] = [problem.sensors.count, problem.axes.length]
      const rows = pickRows((await problem.data(split, asked)).sensors, sensors, which)
      const samples = 'sample' in which ? 1 : which.samples
      return operatorRecorder(
        network,
        { rows, sensors },
        { rows: spacedRows(pointsOf(problem.at).x, axes, samples), axes },
      )
    },
    solved,
    solves,
    solvesLast: solves && config.readoutPenalty === null,
    async baseline(untrained, on = problem) {
      const best = await solved(untrained)
      if (best === null) return null
      return (await evaluateOperator(network, best.variables, on, await on.data('test'))).relativeL2
    },
  }
}
