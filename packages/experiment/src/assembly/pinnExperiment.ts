import { add, mul } from '@spikeward/core'
import type { HardConditions, Key, OperatorNetwork, PinnProblem, Tree } from '@spikeward/core'
import { spikingParts, withPhysics } from '@spikeward/operators'
import {
  type PhysicsOptions,
  type Points,
  type Task,
  type Variables,
  asRegression,
  ensembleTask,
  memberOf,
  operatorEnsemble,
  pinnTask,
  regressionTask,
} from '@spikeward/train'
import type { TrainConfig } from '../config/trainConfig.js'
import { genericSizes } from '../catalogue/kinds/networkSizes.js'
import { pick, usageError } from '../usage/usageError.js'
import { atPoints, batchOf, numbered, ofPoints, parametersOf, pointsIn, rowsOf } from './regressionExperiment.js'
import { type RebuiltNetwork, coordinateNetwork, equationData, networkRecord } from './network/buildNetwork.js'
import { losses } from '../config/networkPart.js'
import { physicsOf } from './physicsOf.js'
import { ofFirst, operatorRecorder, pickRows } from './neuronRecorder.js'
import { equationBaseline, solvedNumbers } from '../equation/equationBaseline.js'
import type { Assembly, MeasuredOn, Measurement, PinnExperiment, Rebuilding, Split } from './experiment.js'

/** A warning for equations of order 3 and higher, which a stencil differentiates inaccurately; null for others. */
function stencilNote({ derivative, loss, spiking }: TrainConfig, { physics }: PinnProblem): string | null {
  const order = Math.max(...physics.order)
  if (order < 3 || loss === 'data' || !(derivative ?? '').startsWith('stencil')) return null
  const { trunk } = pick('choice of spiking parts', spiking ?? 'branch,trunk', spikingParts)
  return (
    `note: the equation has derivatives of order ${order}, and a stencil of step h adds the rounding errors of its values, about 1e-7/h^${order} of them` +
    `${trunk ? ', and the steps of spike rates' : ''}; if the error stays near 1, scale the equation so that its terms have the size of its conditions, or give ${trunk ? '--spiking none ' : ''}--derivative exact\n`
  )
}

/** An equation and the network of its solution. */
export async function pinnExperiment(of: Assembly<PinnProblem>): Promise<PinnExperiment> {
  const { config, problem, entry, units } = of
  const warning = of.how.quiet ? null : stencilNote(config, problem)
  if (warning !== null) of.how.io.err(warning)
  const hidden = config.hidden ?? genericSizes.hidden
  const data = equationData(problem)
  const inner = await coordinateNetwork(config, entry, data, units)
  const how = { hard: config.hard === true }
  const { members } = config
  const one = withPhysics(inner, problem.physics, how)
  const network = members === null ? one : operatorEnsemble(one, members)
  const plain = asRegression(network)
  if (config.readoutSolve !== null)
    throw usageError('CLI_USAGE', '--readout-solve needs data, and this run learns from an equation; leave it out')
  const wanted = pick('loss', config.loss ?? 'physics', losses)
  if (wanted === losses['relative'])
    throw usageError('CLI_USAGE', '--loss relative is of each function of an operator; take data, physics or hybrid')
  const physics = await physicsOf({ ...config, loss: config.loss ?? 'physics' }, problem.domain, entry.separable)
  const collocation = config.collocation ?? genericSizes.collocation
  const fromData = (): Task<Tree, Tree, Points> => {
    if (problem.target === undefined)
      throw usageError(
        'CLI_USAGE',
        `--loss ${wanted.physics ? 'hybrid' : 'data'}: the solution of ${problem.name} is not known, so there are no values to learn; use --loss physics`,
      )
    const batch = batchOf(config, problem.points('train').count, 'training points')
    return regressionTask<Tree, Tree>({
      network: asRegression(one),
      problem: { ...problem, kind: 'regression' },
      batch,
    })
  }
  const fromEquation = physics === null ? null : pinnTask<Tree, Tree, Tree>({ network: one, problem, physics })
  const ofOne: Task = fromEquation === null ? fromData() : wanted.data ? both(fromData(), fromEquation) : fromEquation
  const task = members === null ? ofOne : ensembleTask(members, ofOne, ofAll(network, problem, physics))
  const residualOf = async (variables: Variables): Promise<Pick<Measurement, 'residual' | 'residualOfZero'>> => {
    if (problem.target !== undefined || physics === null) return {}
    const measured = async (of: OperatorNetwork<Variables, Tree, null>): Promise<number> => {
      const validator = pinnTask<Tree, Tree, Tree>({ network: of, problem, physics }).validator!()
      const { relativeL2 } = await validator.evaluate(variables)
      validator.dispose()
      return relativeL2
    }
    const zero = withPhysics(zeroOutput(inner), problem.physics, how)
    const residualOfZero = await measured(members === null ? zero : operatorEnsemble(zero, members))
    return { residual: await measured(network), residualOfZero }
  }
  const { measured, predict } = atPoints(plain, problem)
  /** The points of a split; where no solution is known its values are not a number, and so are errors. */
  const dataOf = (split: Split): MeasuredOn => {
    const set = problem.points(split)
    const unknown = problem.target === undefined
    return {
      kind: 'points',
      points: unknown ? { ...set, y: new Float64Array(set.count * problem.outputs).fill(NaN) } : set,
    }
  }
  const solved = solvedNumbers(one, physics)
  return {
    ...ofPoints(problem),
    kind: 'pinn',
    names: {
      inputs: problem.axes,
      outputs: problem.unknowns ?? numbered('u', problem.outputs),
      named: false,
      columns: null,
    },
    notes: problem.notes ?? [],
    record: await networkRecord(config, entry, data, {
      kind: 'pinn',
      shape: { inputs: problem.axes.length, domain: problem.domain, outputs: problem.outputs, sensors: null },
      ...(how.hard && problem.physics.hard !== null ? { conditionsOf: problem } : {}),
      coefficients: problem.physics.unknown ?? null,
    }),
    problem,
    network,
    task,
    size: {
      parameters: parametersOf(task),
      rows: (members ?? 1) * rowsOf(collocation, hidden, config.time),
      widest: Math.max(...hidden),
      solved,
    },
    neurons: (split, which) => {
      const axes = problem.axes.length
      const rows = pickRows(problem.points(split).x, axes, which)
      return Promise.resolve(ofFirst(members, operatorRecorder(one, null, { rows, axes })))
    },
    data: (split) => Promise.resolve(dataOf(split)),
    async measure(variables, on) {
      if (typeof on !== 'string') return measured(variables, pointsIn(on))
      const errors = await measured(variables, pointsIn(dataOf(on)))
      const coefficients = await coefficientsIn(network, variables)
      return { ...errors, ...(await residualOf(variables)), ...coefficients }
    },
    predict,
    ...(members === null
      ? {}
      : { deviation: atPoints(asRegression(operatorEnsemble(one, members, 'deviation')), problem).predict }),
    rows: () => Promise.resolve([]),
    noBaseline: problem.target === undefined ? 'none: the solution is not known' : noSystem(solved),
    baseline(untrained, on = dataOf('test')) {
      const first = members === null ? untrained : memberOf(untrained, 0)
      return equationBaseline(one, problem, physics, first, pointsIn(on))
    },
  }
}

/** The variables and the validation of an ensemble: those of one network of the equation. */
function ofAll(
  network: OperatorNetwork<Variables, Tree, null>,
  problem: PinnProblem,
  physics: PhysicsOptions | null,
): Pick<Task, 'init' | 'validator'> {
  if (physics !== null) return pinnTask<Tree, Tree, Tree>({ network, problem, physics })
  return regressionTask<Tree, Tree>({ network: asRegression(network), problem: { ...problem, kind: 'regression' } })
}

/** The network of a record, with its conditions and its unknown coefficients. */
export async function rebuildEquation({ record, data, entry, units, hard }: Rebuilding): Promise<RebuiltNetwork> {
  const { settings, coefficients } = record
  const inner = await coordinateNetwork(settings, entry, data, units)
  const unknown = coefficients === null ? {} : { unknown: coefficients }
  return withPhysics(inner, { hard: hard as HardConditions<null> | null, ...unknown })
}

function zeroOutput<Z extends Tree>(network: OperatorNetwork<Variables, Z, null>): OperatorNetwork<Variables, Z, null> {
  const { raw: _raw, ...plain } = network
  return { ...plain, decode: (variables, z, at) => mul(network.decode(variables, z, at), 0) }
}

/**
 * The most numbers of a readout that is solved from an equation: each takes a forward-mode tangent of all residuals.
 */
const MAX_NUMBERS = 1024

/** The reason why no readout of `solved` numbers is solved from an equation; null: it is. */
function noSystem(solved: number): string | null {
  if (solved === 0)
    return 'none: defined for a network with a single readout, and residuals at points rather than on a grid'
  return solved <= MAX_NUMBERS
    ? null
    : `skipped: a readout of ${solved} numbers takes too much time; the limit is ${MAX_NUMBERS}`
}

async function coefficientsIn(
  network: OperatorNetwork<Variables, Tree, null>,
  variables: Variables,
): Promise<{ readonly coefficients?: Readonly<Record<string, number>> }> {
  const coefficients = network.coefficients?.(variables)
  if (coefficients === undefined) return {}
  const values = await Promise.all(
    Object.entries(coefficients).map(async ([name, t]) => [name, await t.item()] as const),
  )
  return { coefficients: Object.fromEntries(values) }
}

function both(data: Task<Tree, Tree, Points>, equation: Task<Tree, Tree, []>): Task<Tree, Tree, Points> {
  const { name, init, validator } = equation
  return {
    name,
    init,
    ...(validator === undefined ? {} : { validator }),
    data: () => data.data(),
    objective(trained, fixed, points, key, step) {
      const [a, b] = key.split(2) as [Key, Key]
      return add(data.objective(trained, fixed, points, a), equation.objective(trained, fixed, [], b, step))
    },
  }
}
