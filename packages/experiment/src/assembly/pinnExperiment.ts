import { type Key, type OperatorNetwork, type PinnProblem, type Tree, add, mul } from '@spikeward/core'
import { type SpikingUnits, withPhysics } from '@spikeward/operators'
import { type Points, type Task, type Variables, asRegression, pinnTask, regressionTask } from '@spikeward/train'
import type { NetworkEntry } from '../catalogue/kinds/networks.js'
import type { TrainConfig } from '../config/trainConfig.js'
import { genericSizes } from '../catalogue/kinds/networkSizes.js'
import { pick, usageError } from '../usage/usageError.js'
import { atPoints, batchOf, numbered, ofPoints, parametersOf, pointsIn, rowsOf } from './regressionExperiment.js'
import { coordinateNetwork, equationData, networkRecord } from './network/buildNetwork.js'
import { losses, physicsOf } from './physicsOf.js'
import { operatorRecorder, pickRows } from './neuronRecorder.js'
import { equationBaseline, solvedNumbers } from '../equation/equationBaseline.js'
import type { MeasuredOn, Measurement, PinnExperiment, Split } from './experiment.js'

export async function pinnExperiment(
  config: TrainConfig,
  problem: PinnProblem,
  entry: NetworkEntry,
  units: SpikingUnits,
): Promise<PinnExperiment> {
  const hidden = config.hidden ?? genericSizes.hidden
  const data = equationData(problem)
  const inner = await coordinateNetwork(config, entry, data, units)
  const how = { hard: config.hard === true }
  const network = withPhysics(inner, problem.physics, how)
  const plain = asRegression(network)
  if (config.readoutSolve !== null)
    throw usageError('CLI_USAGE', '--readout-solve needs data, and this run learns from an equation; leave it out')
  const wanted = pick('loss', config.loss ?? 'physics', losses)
  const physics = await physicsOf({ ...config, loss: config.loss ?? 'physics' }, problem.domain, entry.separable)
  const collocation = config.collocation ?? genericSizes.collocation
  const fromData = (): Task<Tree, Tree, Points> => {
    if (problem.target === undefined)
      throw usageError(
        'CLI_USAGE',
        `--loss ${wanted.physics ? 'hybrid' : 'data'}: the solution of ${problem.name} is not known, so there are no values to learn; use --loss physics`,
      )
    const batch = batchOf(config, problem.points('train').count, 'training points')
    return regressionTask<Tree, Tree>({ network: plain, problem: { ...problem, kind: 'regression' }, batch })
  }
  const fromEquation = physics === null ? null : pinnTask<Tree, Tree, Tree>({ network, problem, physics })
  const task: Task = fromEquation === null ? fromData() : wanted.data ? both(fromData(), fromEquation) : fromEquation
  const residualOf = async (variables: Variables): Promise<Pick<Measurement, 'residual' | 'residualOfZero'>> => {
    if (problem.target !== undefined || physics === null) return {}
    const measured = async (of: OperatorNetwork<Variables, Tree, null>): Promise<number> => {
      const validator = pinnTask<Tree, Tree, Tree>({ network: of, problem, physics }).validator!()
      const { relativeL2 } = await validator.evaluate(variables)
      validator.dispose()
      return relativeL2
    }
    const residualOfZero = await measured(withPhysics(zeroOutput(inner), problem.physics, how))
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
  const solved = solvedNumbers(network, physics)
  return {
    ...ofPoints(problem),
    kind: 'pinn',
    names: { inputs: problem.axes, outputs: numbered('u', problem.outputs), named: false, columns: null },
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
      rows: rowsOf(collocation, hidden, config.time),
      widest: Math.max(...hidden),
      solved,
    },
    neurons: (split, which) => {
      const axes = problem.axes.length
      const rows = pickRows(problem.points(split).x, axes, which)
      return Promise.resolve(operatorRecorder(network, null, { rows, axes }))
    },
    data: (split) => Promise.resolve(dataOf(split)),
    async measure(variables, on) {
      if (typeof on !== 'string') return measured(variables, pointsIn(on))
      const errors = await measured(variables, pointsIn(dataOf(on)))
      const coefficients = await coefficientsIn(network, variables)
      return { ...errors, ...(await residualOf(variables)), ...coefficients }
    },
    predict,
    rows: () => Promise.resolve([]),
    noBaseline: problem.target === undefined ? 'none: the solution is not known' : noSystem(solved),
    baseline: (untrained, on = dataOf('test')) => equationBaseline(network, problem, physics, untrained, pointsIn(on)),
  }
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
  const found = network.coefficients?.(variables)
  if (found === undefined) return {}
  const values = await Promise.all(Object.entries(found).map(async ([name, t]) => [name, await t.item()] as const))
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
