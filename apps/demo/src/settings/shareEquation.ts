import type { ProblemDefaults } from '@spikeward/experiment/tuned'
import { kebabCase } from '@spikeward/core'
import type { Catalogue } from '../protocol.js'
import { equationPart } from './equationPart.js'
import { call, entryFor, expression, given } from './notation.js'
import type { Settings } from './settings.js'

/** The problem of a command. Its own key goes in parentheses, because the flag is that of the run. */
export function problemText({ problem, problemOptions }: Settings): string {
  const { key } = problemOptions
  return expression(kebabCase(problem), key === undefined ? {} : { key })
}

/** The arguments of a command that solves an equation: everything that its loss and its network depend on. */
export function equationArguments(
  { batch }: Settings,
  tuned: ProblemDefaults,
): readonly (readonly [string, string | number])[] {
  const { derivative, refine, network } = equationPart(tuned)
  const refined = refine.map(({ name, options }) => expression(name, options).replaceAll('"', '')).join(',')
  return [
    ['network', 'pinn'],
    ...Object.entries(network).map(([name, value]) => [kebabCase(name), value] as const),
    ['derivative', expression(derivative.name, derivative.options)],
    ['collocation', batch],
    ...(refined === '' ? [] : [['refine', `"${refined}"`] as const]),
  ]
}

/** The parts of a program that solves an equation. */
export function equationProgram(settings: Settings, tuned: ProblemDefaults, catalogue: Catalogue) {
  const { derivative, refine, network } = equationPart(tuned)
  const { hidden, time, batch } = settings
  const problem = entryFor(catalogue.problems, settings.problem)
  const method = entryFor(catalogue.derivatives, derivative.name)
  // A step that is not tuned is the usual share of the domain, as in the command.
  const takes = (option: string): boolean => method.options.some((o) => o.name === option)
  const width = ['step', 'sigma'].find((o) => takes(o) && derivative.options[o] === undefined)
  const more = [
    ...(width === undefined ? [] : [`${width}: stencilWidth(problem.domain)`]),
    ...(takes('key') ? ['key'] : []),
  ]
  const differentiated = call(method, derivative.options, catalogue, more).text
  const refinements = refine.map(({ name, options }) => call(entryFor(catalogue.refinements, name), options, catalogue))
  const own = given(entryFor(catalogue.networks, 'pinn'), network, catalogue).texts
  const neuron = call(entryFor(catalogue.neurons, settings.neuron), settings.neuronOptions, catalogue).text
  const surrogate = call(entryFor(catalogue.surrogates, settings.surrogate), settings.surrogateOptions, catalogue).text
  return {
    packages: {
      neurons: [],
      operators: ['pinn', 'withPhysics', method.exportName, ...(width === undefined ? [] : ['stencilWidth'])],
      train: [
        ...['asRegression', 'evaluate', 'fit', 'pinnTask'],
        ...refine.map(({ name }) => entryFor(catalogue.refinements, name).exportName),
      ],
      problems: [problem.exportName],
    },
    problemIs: `const problem = ${call(problem, settings.problemOptions, catalogue).text}`,
    networkIs: `const inner = pinn({
  axes: problem.axes.length,
  outputs: problem.outputs,
  domain: problem.domain,
  block: { kind: 'spiking', hidden: [${hidden.join(', ')}], time: ${time}, neuron: ${neuron}, surrogate: ${surrogate} },${own.length === 0 ? '' : `\n  ${own.join(', ')},`}
})
const network = withPhysics(inner, problem.physics)
const physics = {
  differentiate: ${takes('key') ? `{ from: (key) => ${differentiated} }` : differentiated},
  interior: ${batch},${refinements.length === 0 ? '' : `\n  refine: [${refinements.map(({ text }) => text).join(', ')}],`}
}`,
    given: `  task: pinnTask({ network, problem, physics }),`,
    measured: `    if (problem.target !== undefined) {
      const { relativeL2 } = await evaluate(asRegression(network), event.variables, problem.points('test'))
      console.log('relative L2 error', relativeL2)
    }`,
  }
}
