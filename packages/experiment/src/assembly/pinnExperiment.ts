import { add, mul } from '@spikeward/core'
import type { Key, OperatorNetwork, PinnProblem, PointSet, Tree } from '@spikeward/core'
import { withPhysics } from '@spikeward/operators'
import type { SpikingUnits } from '@spikeward/operators'
import { asRegression, evaluate, evaluator, pinnTask, regressionTask } from '@spikeward/train'
import type { Points, Task, Variables } from '@spikeward/train'
import type { NetworkEntry } from '../catalogue/kinds/networks.js'
import type { TrainConfig } from '../config/trainConfig.js'
import { genericSizes } from '../tuned.js'
import { pick } from '../usage/pick.js'
import { usageError } from '../usage/usageError.js'
import { checkBatch, countsOf, parametersOf, rowsOf } from './regressionExperiment.js'
import { networkRecord } from './network/networkRecord.js'
import { coordinateNetwork, equationData } from './network/buildNetwork.js'
import { losses, physicsOf } from './physicsOf.js'
import { operatorRecorder, pickRows } from './neuronRecorder.js'
import { equationBaseline, solvedNumbers } from '../equation/equationBaseline.js'
import type { Measurement, PinnExperiment } from './experiment.js'

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
  if (config.readoutSolve !== null) {
    throw usageError('CLI_USAGE', '--readout-solve needs data, and this run learns from an equation; leave it out')
  }
  const wanted = pick('loss', config.loss ?? 'physics', losses)
  const physics = await physicsOf({ ...config, loss: config.loss ?? 'physics' }, problem.domain, entry.separable)
  const collocation = config.collocation ?? genericSizes.collocation
  const fromData = (): Task<Tree, Tree, Points> => {
    if (problem.target === undefined) {
      throw usageError(
        'CLI_USAGE',
        `--loss ${wanted.physics ? 'hybrid' : 'data'}: the solution of ${problem.name} is not known, so there are no values to learn; use --loss physics`,
      )
    }
    checkBatch(config, problem.points('train').count, 'training points')
    return regressionTask<Tree, Tree>({
      network: plain,
      problem: { ...problem, kind: 'regression' },
      batch: config.batch,
    })
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
  return {
    kind: 'pinn',
    record: await networkRecord(config, entry, data, {
      problem,
      conditions: how.hard && problem.physics.hard !== null,
      amplitude: null,
      coefficients: problem.physics.unknown ?? null,
    }),
    problem,
    network,
    task,
    callbacks: [],
    size: {
      parameters: parametersOf(task),
      rows: rowsOf(collocation, hidden, config.time),
      widest: Math.max(...hidden),
      solved: solvedNumbers(network, physics),
    },
    counts: countsOf(problem),
    neurons: (split, which) => {
      const axes = problem.axes.length
      const rows = pickRows(problem.points(split).x, axes, which)
      return Promise.resolve(operatorRecorder(network, null, { rows, axes }))
    },
    at: (points) => evaluator(plain, points),
    async measure(variables, split) {
      const { prediction, relativeL2 } = await evaluate(plain, variables, withValues(problem, split))
      const coefficients = await coefficientsIn(network, variables)
      const residual = await residualOf(variables)
      return { prediction, relativeL2, relativeL2Pooled: relativeL2, perFunction: null, ...residual, ...coefficients }
    },
    baseline: (untrained) => equationBaseline(network, problem, physics, untrained),
  }
}

/** A network that is 0 everywhere, with the parameters of another one. */
function zeroOutput<Z extends Tree>(network: OperatorNetwork<Variables, Z, null>): OperatorNetwork<Variables, Z, null> {
  const { raw: _raw, ...plain } = network
  return {
    ...plain,
    decode: (variables, z, at) => mul(network.decode(variables, z, at), 0),
    apply: (variables, f, at) => mul(network.apply(variables, f, at), 0),
  }
}

/** The points of a split; where no solution is known its values are not a number, and so are errors. */
function withValues(problem: PinnProblem, split: 'validation' | 'test'): PointSet {
  const set = problem.points(split)
  return problem.target === undefined ? { ...set, y: new Float64Array(set.count * problem.outputs).fill(NaN) } : set
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

/** The sum of two losses of the same network. */
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
