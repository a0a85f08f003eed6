import { describeOption, key as keyOf, trace } from '@spikeward/core'
import type {
  Affine,
  DataOptions,
  HardConditions,
  HostCoords,
  Key,
  OperatorData,
  OperatorNetwork,
  OperatorProblem,
  OperatorTensors,
  RolloutProblem,
  Tensor,
  TrajectoryProblem,
  Tree,
} from '@spikeward/core'
import {
  amplitudeTreatments,
  amplitude as dividedBy,
  operatorSolvers,
  prepareOperator,
  rootMeanSquare,
  sizedOptions,
  spikingParts,
  suppliedOptions,
  timeStepper,
  withAmplitude,
  withHardConditions,
} from '@spikeward/operators'
import { countOf, pointsOf, rolloutProblem } from '@spikeward/problems'
import {
  bestReadout,
  ensembleTask,
  evaluateOperator,
  lastReadout,
  meanRelativeError,
  memberOf,
  networkRollout,
  operatorEnsemble,
  operatorTask,
  rolloutMeasures,
  rolloutTask,
} from '@spikeward/train'
import type { Callback, RolloutTraining, Task, Variables } from '@spikeward/train'
import { type BaselineData, operatorRows } from '../baselines/baselineData.js'
import { makeByName } from '../catalogue/make.js'
import { losses } from '../config/networkPart.js'
import type { TrainConfig } from '../config/trainConfig.js'
import { pick, usageError } from '../usage/usageError.js'
import { allOptions } from '../catalogue/optionValues.js'
import type { NetworkEntry } from '../catalogue/kinds/networks.js'
import { type RebuiltNetwork, bareOperatorNetwork, networkRecord, operatorSizes } from './network/buildNetwork.js'
import { batchOf, noRidge, numbered, parametersOf, penaltyOf, rowsOf } from './regressionExperiment.js'
import { ofFirst, operatorRecorder, pickRows, spacedRows } from './neuronRecorder.js'
import { physicsOf } from './physicsOf.js'
import type { Assembly, MeasuredOn, Measurement, OperatorExperiment, Rebuilding, Split } from './experiment.js'

/** Lines along each axis of the grid on which a readout is solved from the equation. */
const LINES = 24

const hasTrajectories = (problem: OperatorProblem): problem is TrajectoryProblem => 'trajectories' in problem

/** The width of the widest layer: of a network on a grid its channels, since each point is a row. */
function widestOf(
  { networkOptions }: TrainConfig,
  { onGrid, named }: NetworkEntry,
  { branch, trunk, features }: ReturnType<typeof operatorSizes>,
  sensors: number,
): number {
  if (!onGrid) return Math.max(sensors, features, ...branch, ...trunk)
  const declared = allOptions(named.factory)['channels']
  const usual = declared === undefined ? 1 : describeOption('channels', declared).default
  return Number(networkOptions['channels'] ?? usual)
}

/** Whether a run learns only from the residual of a spiking trunk that a stencil differentiates. */
const isStencilOfSpikes = ({ loss, derivative, spiking }: TrainConfig): boolean =>
  loss === 'physics' &&
  (derivative ?? '').startsWith('stencil') &&
  pick('choice of spiking parts', spiking ?? 'branch,trunk', spikingParts).trunk

/**
 * An operator, or a rollout of its trajectories, and the network that learns it. Generates the training and validation
 * functions, or reads them.
 *
 * @throws CLI_USAGE for a rollout of a problem without trajectories
 */
export async function operatorExperiment(of: Assembly<OperatorProblem>): Promise<OperatorExperiment> {
  const { config, problem, entry, units, how } = of
  if (config.data !== null && config.batch > problem.sizes.train)
    how.io.err(
      `note: ${problem.sizes.train} training functions; the batch is reduced from ${config.batch} to that number\n`,
    )
  if (!how.quiet && isStencilOfSpikes(config))
    how.io.err(
      'note: a stencil takes differences of the rates of a spiking trunk, which change in steps, so the residual hardly trains: expect a relative L2 ' +
        'near 0.94 (predicting 0 has 1); use --spiking branch, whose trunk is smooth and differentiated exactly\n',
    )
  const onProgress = how.quiet ? undefined : how.io.dataProgress?.()
  const dataOptions: DataOptions = onProgress === undefined ? {} : { onProgress }
  if (config.task !== null) {
    if (!hasTrajectories(problem))
      throw usageError(
        'CLI_USAGE',
        `${config.problem} has no trajectories, which --task rollout learns; take a problem that has them, such as kuramoto-sivashinsky, or name an array [trajectories × time × points × channels] of your own with --data and --inputs`,
      )
    const { made } = await makeByName('task', config.task, {})
    return rolloutExperiment(of, rolloutProblem(problem), made as RolloutTraining, dataOptions)
  }
  // The other ranks help until the run begins; its test functions are measured after its end.
  if (how.shareData !== undefined) await problem.data('test', dataOptions)
  const empty = (['train', 'validation', 'test'] as const).find((split) => problem.sizes[split] < 1)
  if (empty !== undefined)
    throw usageError('CLI_BAD_VALUE', `no function is left for ${empty}; give a file with at least 10 functions`)
  const batch = batchOf(config, problem.sizes.train, 'training functions')
  const amplitude = pick('amplitude', config.amplitude ?? 'none', amplitudeTreatments)
  if (amplitude === amplitudeTreatments.tell && entry.hasOption('branches'))
    throw usageError(
      'CLI_USAGE',
      `--amplitude tell gives a branch one more number, and ${config.network} has a branch for each input function; take divide or none`,
    )
  const train = await problem.data('train', dataOptions)
  const sizes = operatorSizes(config, entry, units)
  const { branch, trunk, features } = sizes
  const prepared = await prepareOperator(problem, train, entry.named.factory, { amplitude, hard: config.hard === true })
  const supplied = suppliedOptions(prepared, { ...sizes, components: how.components ?? null })
  const inner = await bareOperatorNetwork(config, entry, supplied)
  const { solve, path, solvePhysics } = operatorSolvers(prepared, inner)
  const { members } = config
  const one = prepared.wrap(inner)
  const network = members === null ? one : operatorEnsemble(one, members)
  const wanted = pick('loss', config.loss ?? 'data', losses)
  const physics = await physicsOf(config, problem.domain, entry.separable)
  const options = {
    problem,
    functions: batch,
    ...(config.points === null ? {} : { points: config.points }),
    ...(physics === null ? {} : { physics, data: wanted.data ? 1 : 0 }),
    ...(wanted === losses['relative'] ? { loss: meanRelativeError } : {}),
    ...dataOptions,
  }
  const ofOne = await operatorTask<Tree, Tree, Tree>({ ...options, network: one })
  const task =
    members === null
      ? ofOne
      : ensembleTask(members, ofOne, await operatorTask<Tree, Tree, Tree>({ ...options, network }))
  const callback = (): Omit<Callback<Tree, Tree, OperatorTensors>, 'every'> => {
    if (solve === null)
      throw usageError(
        'CLI_USAGE',
        `${config.network} does not expose the features of its readout, so the readout cannot be solved for; leave out --readout-solve`,
      )
    if (wanted.data) return solve(penaltyOf(config))
    const differentiate = physics?.differentiate
    if (solvePhysics === null || problem.physics === null || typeof differentiate !== 'function')
      throw usageError(
        'CLI_USAGE',
        '--readout-solve with --loss physics needs exact derivatives of a learned trunk; use deeponet or seponet with ' +
          '--derivative exact, surrogate or stencil, or leave out --readout-solve',
      )
    return solvePhysics({
      ...penaltyOf(config),
      physics: problem.physics,
      differentiate,
      grid: problem.domain.map(() => LINES),
    })
  }
  const points = config.points ?? countOf(problem.at)
  // Every point of the grid is a row of each layer of a network on a grid, at every time step.
  const onGrid = entry.onGrid ? batch * points * (sizes.spiking?.branch === true ? config.time : 1) : null
  const trunkRows = entry.separable ? Math.ceil(points ** (1 / problem.axes.length)) : points
  const dataOf = (split: 'train' | 'validation' | 'test'): Promise<OperatorData> => problem.data(split, dataOptions)
  const measured = ({ problem: on, data }: Functions, variables: Variables, by = network) =>
    evaluateOperator(by, variables, on, data)
  const readouts =
    path === null
      ? null
      : {
          whileTraining: config.readoutSolve !== null && wanted.data,
          atEnd: config.readoutSolve !== null && wanted.data && config.readoutPenalty === null,
          solved: (variables: Variables) => bestReadout(variables, { network: one, problem, path, dataOptions }),
          improved: (variables: Variables) => lastReadout(variables, { network: one, problem, path, dataOptions }),
        }
  const solvedFeatures =
    solve === null
      ? lastWidth(task)
      : Math.max(features, branch.at(-1) ?? 0, entry.hasOption('trunk') ? (trunk.at(-1) ?? 0) : 0)
  return {
    ...ofFunctions(problem, network, entry.onGrid, dataOptions),
    record: await networkRecord(config, entry, supplied, {
      kind: 'operator',
      shape: shapeOf(problem),
      ...(prepared.parts.hard === undefined ? {} : { conditionsOf: problem }),
      amplitude:
        prepared.parts.amplitude === undefined
          ? null
          : { unit: rootMeanSquare(train.sensors), told: prepared.told === 1 },
    }),
    task,
    callbacks: config.readoutSolve === null ? [] : [{ every: config.readoutSolve, ...callback() }],
    size: {
      parameters: parametersOf(task),
      rows:
        (members ?? 1) *
        (onGrid ?? Math.max(rowsOf(batch, branch, config.time), rowsOf(trunkRows, trunk, config.time))),
      widest: widestOf(config, entry, sizes, problem.sensors.count),
      solved: solvedFeatures,
    },
    measure: async (variables, on) =>
      measured(typeof on === 'string' ? { problem, data: await dataOf(on) } : functionsIn(on), variables),
    async neurons(split, which) {
      const [sensors, axes] = [problem.sensors.count, problem.axes.length]
      const rows = pickRows((await dataOf(split)).sensors, sensors, which)
      const samples = 'sample' in which ? 1 : which.samples
      const at = entry.hasOption('trunk') ? { rows: spacedRows(pointsOf(problem.at).x, axes, samples), axes } : null
      return ofFirst(members, operatorRecorder(one, { rows, sensors }, at))
    },
    noBaseline: noRidge(solvedFeatures),
    async baseline(untrained, on) {
      const best = await readouts?.solved(members === null ? untrained : memberOf(untrained, 0))
      if (best === undefined || best === null) return null
      const test = on === undefined ? { problem, data: await problem.data('test') } : functionsIn(on)
      return (await measured(test, best.variables, one)).relativeL2
    },
    // The solves while an ensemble trains have one penalty, and no other is chosen at the end.
    readouts: members === null ? readouts : null,
    ...(members === null ? {} : { deviation: predictionOf(operatorEnsemble(one, members, 'deviation'), problem) }),
    blocks: {
      branchInput: prepared.branchInput,
      received: prepared.train,
      transform: prepared.transform,
      measure: async (other, variables, split) =>
        measured({ problem, data: await dataOf(split) }, variables, prepared.wrap(other)),
    },
    rollout: null,
  }
}

/** Features of the last affine map of a network on a grid; 0 of a network that does not end with one. */
function lastWidth({ init }: Pick<Task, 'init'>): number {
  const of = (key: Key): Tensor[] => {
    const { out } = init(key).trained as { readonly out?: Affine }
    return out === undefined ? [] : [out.weight]
  }
  return trace(of, keyOf(0)).program.outputs[0]?.aval.shape[0] ?? 0
}

export type Functions = Pick<Extract<MeasuredOn, { readonly kind: 'functions' }>, 'problem' | 'data'>

export function functionsIn(on: MeasuredOn): Functions {
  if (on.kind === 'functions') return on
  throw usageError('CLI_USAGE', 'points were given to a run that learned an operator; give functions')
}

const predictionOf =
  (network: OperatorNetwork<Variables, Tree>, problem: OperatorProblem) =>
  async (variables: Variables, at: HostCoords, functions: Float64Array | null): Promise<Float64Array> => {
    const sensors = functions ?? new Float64Array()
    const count = sensors.length / problem.sensors.count
    const values = new Float64Array(count * countOf(at) * problem.outputs)
    return (await evaluateOperator(network, variables, { ...problem, at }, { count, sensors, values })).prediction
  }

/**
 * The members that every map from functions to functions has.
 *
 * @param fixed whether the network is evaluated on the grid of its inputs alone
 */
export const ofFunctions = (
  problem: OperatorProblem,
  network: OperatorNetwork<Variables, Tree>,
  fixed: boolean,
  dataOptions: DataOptions,
) => ({
  ...{ kind: 'operator' as const, unit: 'functions' as const, problem, network, counts: problem.sizes },
  names: { inputs: problem.axes, outputs: numbered('u', problem.outputs), named: false, columns: null },
  sensors: problem.sensors,
  places: { usual: problem.at, fixed },
  notes: [],
  async data(split: Split): Promise<MeasuredOn> {
    return { kind: 'functions', problem, data: await problem.data(split, dataOptions) }
  },
  predict: predictionOf(network, problem),
  async rows(on?: MeasuredOn): Promise<readonly BaselineData[]> {
    // A regression predicts the outputs at the points of the training data alone.
    if (on !== undefined && functionsIn(on).problem.at !== problem.at) return []
    const [train, validation] = await Promise.all([problem.data('train'), problem.data('validation')])
    const test = on === undefined ? await problem.data('test') : functionsIn(on).data
    return [operatorRows(problem, { train, validation, test })]
  },
})

export const shapeOf = ({ axes, domain, outputs, sensors }: OperatorProblem) => ({
  ...{ inputs: axes.length, domain, outputs, sensors: sensors.count },
})

/**
 * Trajectories and the network that learns them as a time-stepper: an operator from the first frame to all later ones,
 * measured on whole trajectories and trained on windows of a few steps. Its readout is not solved for: the baseline is
 * the untrained network itself.
 */
async function rolloutExperiment(
  { config, entry, units }: Assembly,
  problem: RolloutProblem,
  training: RolloutTraining,
  dataOptions: DataOptions,
): Promise<OperatorExperiment> {
  await problem.states('train', dataOptions)
  const { step } = problem
  const sizes = operatorSizes(config, entry, units)
  const prepared = await prepareOperator(step, await step.data('train', dataOptions), entry.named.factory, {
    hard: false,
  })
  const supplied = suppliedOptions(prepared, sizes)
  const inner = await bareOperatorNetwork(config, entry, supplied)
  const network = timeStepper(inner)
  const task = await rolloutTask({ network, problem, functions: config.batch, ...training })
  const measured = ({ problem: on, data }: Functions, variables: Variables, by = network): Promise<Measurement> =>
    evaluateOperator(by, variables, on, data)
  const measureOf = async (by: typeof network, variables: Variables, split: Split): Promise<Measurement> => {
    const data = await problem.data(split, dataOptions)
    const evaluation = await measured({ problem, data }, variables, by)
    if (split !== 'test') return evaluation
    const { predict, dispose } = networkRollout(by, variables, problem)
    try {
      return { ...evaluation, rollout: await rolloutMeasures(predict, problem, data) }
    } finally {
      dispose()
    }
  }
  const { count } = problem.sensors
  return {
    ...ofFunctions(problem, network, entry.onGrid, dataOptions),
    record: await networkRecord(config, entry, supplied, { kind: 'operator', shape: shapeOf(problem), rollout: true }),
    task,
    callbacks: [],
    size: {
      parameters: parametersOf(task),
      rows:
        config.batch * (count / step.outputs) * training.unroll * (sizes.spiking?.branch === true ? config.time : 1),
      widest: widestOf(config, entry, sizes, count),
      solved: 0,
    },
    measure: (variables, on) =>
      typeof on === 'string' ? measureOf(network, variables, on) : measured(functionsIn(on), variables),
    async neurons(split, which) {
      const rows = pickRows((await problem.data(split, dataOptions)).sensors, count, which)
      return operatorRecorder(inner, { rows, sensors: count }, null)
    },
    // A rollout is compared with its untrained network as it is.
    noBaseline: null,
    async baseline(untrained, on) {
      const test = on === undefined ? { problem, data: await problem.data('test') } : functionsIn(on)
      return (await measured(test, untrained)).relativeL2
    },
    readouts: null,
    blocks: {
      branchInput: prepared.branchInput,
      received: prepared.train,
      transform: null,
      measure: (other, variables, split) => measureOf(timeStepper(other), variables, split),
    },
    rollout: problem,
  }
}

/** The network of a record, with its amplitude and its conditions. */
export async function rebuildOperator({ record, data, entry, units, hard }: Rebuilding): Promise<RebuiltNetwork> {
  const { settings, amplitude: size, rollout: steps } = record
  const sized = sizedOptions(operatorSizes(settings, entry, units))
  const branches = (): unknown =>
    (record.data['branches'] as readonly object[]).map((one) => ({ ...one, branch: sized.branch() }))
  const inner = await bareOperatorNetwork(settings, entry, { ...sized, ...data, branches })
  if (steps === true) return timeStepper(inner)
  const scaled: OperatorNetwork<Variables, Tree> = size === null ? inner : withAmplitude(inner, dividedBy(size))
  return hard === null ? scaled : withHardConditions(scaled, hard as HardConditions)
}
