import { SpikewardError, decodeOptions, kebabCase, reshape, slice } from '@spikeward/core'
import type {
  Network,
  NeuronModel,
  OperatorNetwork,
  OperatorProblem,
  Surrogate,
  Tensor,
  Tree,
  Variables,
} from '@spikeward/core'
import { amplitudeTreatments, operatorNetwork, prepareOperator, spikingParts } from '@spikeward/operators'
import { countOf } from '@spikeward/problems'
import { lastReadout, operatorEvaluator, operatorTask } from '@spikeward/train'
import { functionsOf } from '../../drawnFunctions.js'
import { declaredNetwork, operatorPart, solvesOf } from '../../settings/operatorPart.js'
import type { OperatorPart } from '../../settings/operatorPart.js'
import type { Settings } from '../../settings/settings.js'
import { ownEntry } from '../../settings/tuned.js'
import type { BuildHow, Shared } from '../buildShared.js'
import { functions, make, makeFrom, withName } from '../catalogue.js'
import { functionsFor } from './functionsFor.js'
import { operatorParts, tunedOperators } from './operatorCatalogue.js'
import { operatorView } from './operatorView.js'

/** A choice of the library by a name of the tuned settings. */
function pick<T>(what: string, choices: Readonly<Record<string, T>>, name: string): T {
  const found = ownEntry(choices, name)
  if (found !== undefined) return found
  throw new SpikewardError(
    'UNKNOWN_NAME',
    `no ${what} is called "${name}"; choose one of ${Object.keys(choices).join(', ')}`,
  )
}

/** An operator network as a function of rows of coordinates and sensor values, one row at a time. */
function atRow(network: OperatorNetwork<Variables, Tree>, sensors: number): Network<Variables> {
  const { name, axes, init } = network
  const pointIn = (row: Tensor): Tensor => slice(row, [0, 0], [1, axes])
  const functionIn = (row: Tensor): Tensor => slice(row, [0, axes], [1, axes + sensors])
  return {
    name,
    init,
    apply: (variables, row) =>
      reshape(network.apply(variables, functionIn(row), { kind: 'points', x: pointIn(row) }), [1, 1]),
  }
}

/** Evaluations of the network for each function of a step, where one is a pass of a function through the branch. */
function evaluationsOf({ hidden, batch }: Settings, { trunk, points }: OperatorPart, { at }: OperatorProblem): number {
  const neurons = (widths: readonly number[]): number => widths.reduce((a, b) => a + b, 0)
  return 1 + (neurons(trunk ?? []) * (points ?? countOf(at))) / (neurons(hidden) * batch)
}

/**
 * Makes an operator, its loss and its network. Its functions are drawn and solved, unless they are given.
 *
 * @throws UNKNOWN_NAME; FUNCTIONS_MISSING; DEMO_FUNCTIONS; DEMO_LOSS for an operator that is tuned to learn from its equation; the errors of the factories, of the solver
 *   and of the signal
 */
export async function buildOperator(settings: Settings, how: BuildHow): Promise<Shared> {
  const { hidden, time, batch } = settings
  const all = [...functions, ...operatorParts.operator]
  const declared = withName(all, 'problem', settings.problem)
  const made = makeFrom(all, 'problem', settings.problem, settings.problemOptions) as OperatorProblem
  const defaults = ownEntry(tunedOperators, kebabCase(declared.declaration.name))!
  const { loss = 'data' } = defaults.networks[defaults.network] ?? {}
  if (loss !== 'data') {
    throw new SpikewardError(
      'DEMO_LOSS',
      `the page learns operators from solutions, and ${settings.problem} is tuned for the loss ${loss}; learn it with the command`,
    )
  }
  const factory = withName(operatorParts.network, 'network', declaredNetwork(defaults.network))
  const part = operatorPart(defaults, (name) => Object.hasOwn(factory.declaration.options, name), made.sizes.train)
  const drawn = await functionsFor(made, functionsOf(settings), how)
  const problem: OperatorProblem = { ...made, data: (split) => Promise.resolve(drawn.sets[split]) }
  // The factory and the amplitude are tuned for the problem: nothing else determines the preparation.
  const prepared =
    how.prepared?.get(drawn) ??
    (await prepareOperator(problem, drawn.sets.train, factory, {
      amplitude: pick('treatment of amplitudes', amplitudeTreatments, part.amplitude),
    }))
  how.prepared?.set(drawn, prepared)
  const neuron = make('neuron', settings.neuron, settings.neuronOptions) as NeuronModel
  const surrogate = make('surrogate', settings.surrogate, settings.surrogateOptions) as Surrogate
  const { network, solve, path } = operatorNetwork(
    prepared,
    {
      units: { neuron, surrogate, time },
      branch: hidden,
      trunk: part.trunk ?? [],
      features: part.features,
      ...(part.rank === null ? {} : { rank: part.rank }),
      spiking: pick('choice of spiking parts', spikingParts, part.spiking),
      form: part.form,
    },
    decodeOptions(factory.declaration, part.options),
  )
  return {
    task: await operatorTask<Tree, Tree, Tree>({
      network,
      problem,
      functions: batch,
      ...(part.points === null ? {} : { points: part.points }),
    }),
    network: atRow(network, problem.sensors.count),
    evaluations: evaluationsOf(settings, part, problem),
    callbacks(contender) {
      const solves = solvesOf(defaults, contender)
      if (solves === null || solve === null) return []
      const { every, penalty } = solves
      return [{ every, ...solve(penalty === null ? {} : { lambda: penalty }) }]
    },
    needsDoubles: settings.contenders.some((contender) => solvesOf(defaults, contender) !== null),
    async last(contender, variables) {
      const solves = solvesOf(defaults, contender)
      // A penalty that is tuned is not chosen again.
      if (solves === null || solves.penalty !== null || path === null) return variables
      return (await lastReadout(variables, { network, problem, path }))?.variables ?? variables
    },
    view: () => ({
      ...operatorView(problem, drawn.sets.test, declared.declaration.summary),
      measure: () => operatorEvaluator(network, problem, drawn.sets.test),
    }),
  }
}
