import type { ProblemDefaults } from '@spikeward/experiment/tuned'
import { kebabCase } from '@spikeward/core'
import type { Catalogue } from '../protocol.js'
import { call, entryFor, expression, given } from './notation.js'
import { declaredNetwork, hasOption, operatorPart, solvesOf, trainOf } from './operatorPart.js'
import type { Contender, Settings } from './settings.js'

/** The settings that are not in those of the page. */
function takenOf(settings: Settings, defaults: ProblemDefaults, catalogue: Catalogue) {
  const network = entryFor(catalogue.networks, declaredNetwork(defaults.network))
  const problem = entryFor(catalogue.problems, settings.problem)
  return { network, problem, part: operatorPart(defaults, hasOption(network), trainOf(settings, problem)) }
}

/**
 * The operator of a command. Its options go in parentheses: some of them, such as the points of its solutions, have the names of
 * flags of the run.
 */
export const operatorText = ({ problem, problemOptions }: Pick<Settings, 'problem' | 'problemOptions'>): string => {
  const isList = (value: string): boolean => value.includes(',') && !value.startsWith('[')
  const options = Object.entries(problemOptions).map(
    ([name, value]) => [name, isList(value) ? `[${value}]` : value] as const,
  )
  return expression(kebabCase(problem), Object.fromEntries(options))
}

/** The arguments of a command that learns an operator: everything that its steps and its network depend on. */
export function operatorArguments(
  settings: Settings,
  contender: Contender,
  defaults: ProblemDefaults,
  catalogue: Catalogue,
): readonly (readonly [string, string | number])[] {
  const { part } = takenOf(settings, defaults, catalogue)
  const { network, trunk, features, rank, points, spiking, amplitude, options } = part
  const solves = solvesOf(defaults, contender)
  return [
    ['network', network],
    ['loss', 'data'],
    ['branch', settings.hidden.join(',')],
    ...(trunk === null ? [] : [['trunk', trunk.join(',')] as const]),
    ['features', features],
    ...(rank === null ? [] : [['rank', rank] as const]),
    ...(points === null ? [] : [['points', points] as const]),
    ['spiking', spiking],
    ['amplitude', amplitude],
    ...Object.entries(options).map(([name, value]) => [kebabCase(name), value] as const),
    ['batch', settings.batch],
    ['readout-solve', solves?.every ?? 0],
    ...(solves === null || solves.penalty === null ? [] : [['readout-penalty', solves.penalty] as const]),
  ]
}

/** The last solve of the readout in a program, kept if it reduces the error on the validation functions. */
const LAST = `    const last = await lastReadout(event.variables, { network, problem, path })
    const variables = last?.variables ?? event.variables
`

/** The parts of a program that learns an operator. */
export function operatorProgram(
  settings: Settings,
  contender: Contender,
  defaults: ProblemDefaults,
  catalogue: Catalogue,
) {
  const { network, problem, part } = takenOf(settings, defaults, catalogue)
  const { form, trunk, features, rank, points, spiking, amplitude } = part
  const { hidden, time, batch } = settings
  const solves = solvesOf(defaults, contender)
  const neuron = call(entryFor(catalogue.neurons, settings.neuron), settings.neuronOptions, catalogue).text
  const surrogate = call(entryFor(catalogue.surrogates, settings.surrogate), settings.surrogateOptions, catalogue).text
  // A penalty that is tuned is not chosen again after the last step.
  const isSolvedLast = solves !== null && solves.penalty === null
  const own = given(network, part.options, catalogue).texts
  const sizes = [
    `  units: { neuron: ${neuron}, surrogate: ${surrogate}, time: ${time} },`,
    `  branch: [${hidden.join(', ')}],`,
    `  trunk: [${(trunk ?? []).join(', ')}],`,
    `  features: ${features},`,
    ...(rank === null ? [] : [`  rank: ${rank},`]),
    `  spiking: spikingParts['${spiking}'],`,
    ...(form === 'plain' ? [] : [`  form: '${form}',`]),
  ]
  const penalty = solves === null || solves.penalty === null ? '' : `{ lambda: ${solves.penalty} }`
  return {
    packages: {
      neurons: [],
      operators: ['amplitudeTreatments', network.exportName, 'operatorNetwork', 'prepareOperator', 'spikingParts'],
      train: ['evaluateOperator', 'fit', 'operatorTask', ...(isSolvedLast ? ['lastReadout'] : [])],
      problems: [problem.exportName],
    },
    problemIs: `const problem = ${call(problem, settings.problemOptions, catalogue).text}`,
    networkIs: `const prepared = await prepareOperator(problem, await problem.data('train'), ${network.exportName}, {
  amplitude: amplitudeTreatments.${amplitude},
})
const { network${solves === null ? '' : ', solve'}${isSolvedLast ? ', path' : ''} } = operatorNetwork(prepared, {
${sizes.join('\n')}
}${own.length === 0 ? '' : `, { ${own.join(', ')} }`})`,
    given: `  task: await operatorTask({ network, problem, functions: ${batch}${points === null ? '' : `, points: ${points}`} }),${
      solves === null ? '' : `\n  callbacks: [{ every: ${solves.every}, ...solve(${penalty}) }],`
    }`,
    measured: `${isSolvedLast ? LAST : '    const { variables } = event\n'}    const { relativeL2 } = await evaluateOperator(network, variables, problem, await problem.data('test'))
    console.log('relative L2 error', relativeL2)`,
  }
}
