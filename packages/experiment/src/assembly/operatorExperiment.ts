import type { DataOptions, OperatorProblem, OperatorTensors, Tree } from '@spikeward/core'
import {
  amplitudeTreatments,
  operatorSolvers,
  prepareOperator,
  rootMeanSquare,
  suppliedOptions,
} from '@spikeward/operators'
import type { PrincipalComponents, SpikingUnits } from '@spikeward/operators'
import { countOf, pointsOf } from '@spikeward/problems'
import { bestReadout, evaluateOperator, lastReadout, operatorTask } from '@spikeward/train'
import type { BestReadout, Callback, Variables } from '@spikeward/train'
import type { NetworkEntry } from '../catalogue/kinds/networks.js'
import type { TrainConfig } from '../config/trainConfig.js'
import { pick } from '../usage/pick.js'
import { usageError } from '../usage/usageError.js'
import { networkRecord } from './network/networkRecord.js'
import { bareOperatorNetwork, operatorSizes } from './network/buildNetwork.js'
import { checkBatch, parametersOf, penaltyOf, rowsOf } from './regressionExperiment.js'
import { operatorRecorder, pickRows, spacedRows } from './neuronRecorder.js'
import { losses, physicsOf } from './physicsOf.js'
import type { OperatorExperiment } from './experiment.js'

/** Lines along each axis of the grid on which a readout is solved from the equation. */
const LINES = 24

/** An operator and the network that learns it. Generates the training and validation functions, or reads them. */
export async function operatorExperiment(
  config: TrainConfig,
  problem: OperatorProblem,
  entry: NetworkEntry,
  units: SpikingUnits,
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
  const amplitude = pick('amplitude', config.amplitude ?? 'none', amplitudeTreatments)
  if (amplitude === amplitudeTreatments.tell && entry.hasOption('branches')) {
    throw usageError(
      'CLI_USAGE',
      `--amplitude tell gives a branch one more number, and ${config.network} has a branch for each input function; take divide or none`,
    )
  }
  const train = await problem.data('train', asked)
  const sizes = operatorSizes(config, entry, units)
  const { branch, trunk, features } = sizes
  const prepared = await prepareOperator(problem, train, entry.named.factory, {
    amplitude,
    hard: config.hard === true,
  })
  const given = suppliedOptions(prepared, { ...sizes, components })
  const inner = await bareOperatorNetwork(config, entry, given)
  const { solve, path, solvePhysics } = operatorSolvers(prepared, inner)
  const network = prepared.wrap(inner)
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
    if (wanted.data) return solve(penaltyOf(config))
    const differentiate = physics?.differentiate
    if (solvePhysics === null || problem.physics === null || typeof differentiate !== 'function') {
      throw usageError(
        'CLI_USAGE',
        '--readout-solve with --loss physics needs exact derivatives of a learned trunk; use deeponet or seponet with ' +
          '--derivative exact, surrogate or stencil, or leave out --readout-solve',
      )
    }
    return solvePhysics({
      ...penaltyOf(config),
      physics: problem.physics,
      differentiate,
      grid: problem.domain.map(() => LINES),
    })
  }
  const solved = async (given: Variables): Promise<BestReadout | null> =>
    path === null ? null : bestReadout(given, { network, problem, path, asked })
  const solves = path !== null && config.readoutSolve !== null && wanted.data
  const points = config.points ?? countOf(problem.at)
  // Every point of the grid is a row of each layer of a network on a grid, at every time step.
  const onGrid = entry.onGrid ? { rows: batch * points * (sizes.spiking?.branch === true ? config.time : 1) } : {}
  const trunkRows = entry.separable ? Math.ceil(points ** (1 / problem.axes.length)) : points
  return {
    kind: 'operator',
    record: await networkRecord(config, entry, given, {
      problem,
      conditions: prepared.parts.hard !== undefined,
      amplitude:
        prepared.parts.amplitude === undefined
          ? null
          : { unit: rootMeanSquare(train.sensors), told: prepared.told === 1 },
      coefficients: null,
    }),
    problem,
    network,
    received: prepared.train,
    transform: prepared.transform,
    async measureOther(other, variables, split) {
      return evaluateOperator(prepared.wrap(other), variables, problem, await problem.data(split, asked))
    },
    branchInput: prepared.branchInput,
    task,
    callbacks: config.readoutSolve === null ? [] : [{ every: config.readoutSolve, ...callback() }],
    size: {
      parameters: parametersOf(task),
      rows: Math.max(rowsOf(batch, branch, config.time), rowsOf(trunkRows, trunk, config.time)),
      ...onGrid,
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
        entry.hasOption('trunk') ? { rows: spacedRows(pointsOf(problem.at).x, axes, samples), axes } : null,
      )
    },
    solved,
    improved: async (variables) => (path === null ? null : lastReadout(variables, { network, problem, path, asked })),
    solves,
    solvesLast: solves && config.readoutPenalty === null,
    async baseline(untrained, on = problem) {
      const best = await solved(untrained)
      if (best === null) return null
      return (await evaluateOperator(network, best.variables, on, await on.data('test'))).relativeL2
    },
  }
}
