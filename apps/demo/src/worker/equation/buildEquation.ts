import { decodeOptions, kebabCase } from '@spikeward/core'
import type { Differentiate, Key, NeuronModel, PinnProblem, Surrogate } from '@spikeward/core'
import {
  exactDerivatives,
  pinn,
  steinDerivatives,
  stencilDerivatives,
  stencilWidth,
  surrogateDerivatives,
  withPhysics,
} from '@spikeward/operators'
import { equationDefaults, untunedDefaults } from '@spikeward/experiment/tuned'
import * as equations from '@spikeward/problems/equations'
import { asRegression, balanced, causal, pinnTask, rad, rar } from '@spikeward/train'
import type { PhysicsOptions, Refinement } from '@spikeward/train'
import { equationPart } from '../../settings/equationPart.js'
import type { Named } from '../../settings/equationPart.js'
import type { Settings } from '../../settings/settings.js'
import { ownEntry } from '../../settings/tuned.js'
import type { Tuned } from '../../settings/tuned.js'
import { onPoints } from '../buildShared.js'
import type { Shared } from '../buildShared.js'
import { entriesIn, functions, make, makeFrom, named } from '../catalogue.js'
import { equationView } from './equationView.js'

/** The declared parts of equations and their losses. */
export const equationParts = {
  equation: entriesIn({ ...equations }, 'problem'),
  // Their step or their key is required, and the page supplies it.
  derivative: named({ exactDerivatives, steinDerivatives, stencilDerivatives, surrogateDerivatives }),
  refinement: named({ balanced, causal, rad, rar }),
  network: named({ pinn }),
}

/** Tuned settings by name; an equation without any has those that equations share. */
export const tunedEquations: Tuned['equations'] = Object.fromEntries(
  equationParts.equation.map(({ declared }) => {
    const name = kebabCase(declared.declaration.name)
    return [name, equationDefaults[name] ?? untunedDefaults.pinn]
  }),
)

/** Values at a point and at four more along each axis, as a stencil of fourth order takes; other methods cost about as much. */
const evaluationsOf = (axes: number): number => 1 + 4 * axes

/** How the residual is differentiated: a method with a key is made again at each step, as in the command line. */
function derivativeOf({ name, options }: Named, width: number): PhysicsOptions['differentiate'] {
  const given = { step: width, sigma: width }
  const of = (more: object): Differentiate =>
    makeFrom(equationParts.derivative, 'derivative', name, options, { ...given, ...more }) as Differentiate
  const entry = equationParts.derivative.find(({ declared: { declaration: d } }) =>
    [d.name, ...d.aliases].includes(name),
  )
  const isDrawn = entry !== undefined && Object.hasOwn(entry.declared.declaration.options, 'key')
  return isDrawn ? { from: (key: Key) => of({ key }) } : of({})
}

/**
 * Makes an equation, its loss and its network.
 *
 * @throws UNKNOWN_NAME, and the errors of the factories
 */
export function buildEquation(settings: Settings): Shared {
  const { hidden, time, batch } = settings
  const all = [...functions, ...equationParts.equation]
  const problem = makeFrom(all, 'problem', settings.problem, settings.problemOptions) as PinnProblem
  const part = equationPart(ownEntry(tunedEquations, kebabCase(settings.problem))!)
  const neuron = make('neuron', settings.neuron, settings.neuronOptions) as NeuronModel
  const surrogate = make('surrogate', settings.surrogate, settings.surrogateOptions) as Surrogate
  const inner = pinn({
    axes: problem.axes.length,
    outputs: problem.outputs,
    domain: problem.domain,
    block: { kind: 'spiking', hidden, time, neuron, surrogate },
    ...decodeOptions(pinn.declaration, part.network),
  })
  const network = withPhysics(inner, problem.physics)
  const refine = part.refine.map(({ name, options }) => makeFrom(equationParts.refinement, 'refinement', name, options))
  const physics: PhysicsOptions = {
    differentiate: derivativeOf(part.derivative, stencilWidth(problem.domain)),
    interior: batch,
    ...(refine.length === 0 ? {} : { refine: refine as Refinement[] }),
  }
  const ofPoints = asRegression(network)
  return {
    task: pinnTask({ network, problem, physics }),
    network: ofPoints,
    evaluations: evaluationsOf(problem.axes.length),
    ...(network.coefficients === undefined ? {} : { coefficients: network.coefficients }),
    view: () => onPoints(ofPoints, equationView(problem)),
  }
}
