import { entryOf } from '../protocol.js'
import type { Catalogue, Offered, Progress } from '../protocol.js'
import { kebabCase } from '@spikeward/core'
import { OWN, ownInputs, ownSamples } from './own.js'
import { call, entryFor, expression, shortName } from './notation.js'
import { equationArguments, equationProgram, problemText } from './shareEquation.js'
import { operatorNow } from './operatorPart.js'
import { AUTO } from './settings.js'
import { operatorArguments, operatorProgram, operatorText } from './shareOperator.js'
import { tunedEquation, tunedOperator } from './tuned.js'
import type { Contender, OptionTexts, Settings } from './settings.js'

/**
 * Options for which the command line has its own tuned values. A command states them even if the page has their
 * declared defaults.
 */
const tunedOptions: readonly string[] = ['beta', 'reset', 'scope', 'directions', 'adapt', 'below', 'precision']

function explicit(list: readonly Offered[], name: string, options: OptionTexts): OptionTexts {
  const described = entryOf(list, name)?.options ?? []
  const defaults = described.flatMap((o) =>
    tunedOptions.includes(o.name) && o.presence === 'value' && o.default !== null ? [[o.name, o.default] as const] : [],
  )
  return { ...Object.fromEntries(defaults), ...options }
}

/** The names of the columns of own points. */
const columnsOf = (settings: Settings): string[] => (ownInputs(settings) === 1 ? ['x'] : ['x1', 'x2'])

/** Own points as a file, and the options of the command that reads it: as on the page, all are to learn from and to measure at. */
function ownFile(settings: Settings): { readonly before: string; readonly data: string } {
  const inputs = columnsOf(settings)
  const rows = [[...inputs, 'y'], ...ownSamples(settings)].map((row) => row.join(','))
  return {
    before: `printf '%s\\n' ${rows.join(' ')} > points.csv\n`,
    data: `--data points.csv --inputs ${inputs.join(':')} --outputs y --split 0,0`,
  }
}

/** The same run as a command of the CLI. */
export function toCommand(settings: Settings, contender: Contender, catalogue: Catalogue): string {
  const written = (list: readonly Offered[], name: string, given: OptionTexts): string =>
    expression(shortName(list, name), explicit(list, name, given))
  const { problem, hidden, time, batch, schedule, steps, key, backend } = settings
  const equation = tunedEquation(problem, catalogue.tuned)
  const operator = tunedOperator(problem, catalogue.tuned)
  const own =
    problem === OWN
      ? ownFile(settings)
      : { before: '', data: operator === undefined ? problemText(settings) : operatorText(settings) }
  const problemOptions =
    problem === OWN || operator !== undefined
      ? []
      : Object.entries(settings.problemOptions).filter(([name]) => name !== 'key')
  const options: readonly (readonly [string, string | number])[] = [
    ...problemOptions.map(([name, value]) => [kebabCase(name), value] as const),
    ...(equation === undefined ? [] : equationArguments(settings, equation)),
    ...(operator === undefined ? [] : operatorArguments(settings, contender, operator, catalogue)),
    ['estimator', written(catalogue.estimators, contender.estimator, contender.options)],
    ['optimizer', contender.optimizer],
    ['learning-rate', contender.learningRate],
    ['schedule', shortName(catalogue.schedules, schedule)],
    ['steps', steps],
    ...(equation === undefined && operator === undefined ? [['batch', batch] as const] : []),
    ...(operator === undefined ? [['hidden', hidden.join(',')] as const] : []),
    ['time', time],
    ['neuron', written(catalogue.neurons, settings.neuron, settings.neuronOptions)],
    ['surrogate', written(catalogue.surrogates, settings.surrogate, settings.surrogateOptions)],
    ['key', key],
    ['backend', backend],
    // Of other problems the page never solves the readout; the command does for some estimators.
    ...(operator === undefined ? [['readout-solve', 0] as const] : []),
  ]
  return `${own.before}npm run -s spikeward -- train ${own.data} ${options.map(([name, value]) => `--${name} ${value}`).join(' ')}`
}

/** A declaration of own points: all of them to learn from. */
function tableOf(settings: Settings): string {
  const [inputs, samples] = [ownInputs(settings), ownSamples(settings)]
  const array = (name: string, width: number, values: readonly (number | undefined)[]): string =>
    `{ name: '${name}', shape: [${samples.length}, ${width}], data: Float64Array.of(${values.join(', ')}) }`
  return `const problem = await tableProblem({
  name: 'own-points',
  inputs: ${array(
    'x',
    inputs,
    samples.flatMap((s) => s.slice(0, inputs)),
  )},
  outputs: ${array(
    'y',
    1,
    samples.map((s) => s[inputs]),
  )},
  split: { name: 'set', shape: [${samples.length}], data: new Float64Array(${samples.length}) },
})`
}

/** How the program is run. It has no types, so that Node runs it as it is. */
const howToRun = `// Save it as run.mjs in a project with the packages below: see "Start in Node" in the documentation.
// Then: node run.mjs`

/** The same run as a program. */
export function toProgram(settings: Settings, contender: Contender, catalogue: Catalogue): string {
  const equation = tunedEquation(settings.problem, catalogue.tuned)
  const { hidden, time, batch, steps, key } = settings
  // The cpu backend runs everywhere.
  const backend = settings.backend === AUTO ? 'cpu' : settings.backend
  const [problem, neuron, surrogate, estimator, optimizer, schedule] = [
    entryFor(catalogue.problems, settings.problem),
    entryFor(catalogue.neurons, settings.neuron),
    entryFor(catalogue.surrogates, settings.surrogate),
    entryFor(catalogue.estimators, contender.estimator),
    entryFor(catalogue.optimizers, contender.optimizer),
    entryFor(catalogue.schedules, settings.schedule),
  ]
  const estimated = call(estimator, contender.options, catalogue)
  const constant = schedule.name === 'constant'
  const own = settings.problem === OWN
  const rate = constant
    ? String(contender.learningRate)
    : `${schedule.exportName}({ initial: ${contender.learningRate}, steps: ${steps} })`
  const list = (...names: readonly string[]): string => [...new Set(names)].sort().join(', ')
  const operator = tunedOperator(settings.problem, catalogue.tuned)
  const about =
    equation !== undefined
      ? equationProgram(settings, equation, catalogue)
      : operator !== undefined
        ? operatorProgram(settings, contender, operator, catalogue)
        : null
  const { packages, problemIs, networkIs, given, measured } = about ?? {
    packages: {
      neurons: ['spike'],
      operators: ['spikingMlp', 'standardise'],
      train: ['evaluate', 'fit'],
      problems: [own ? 'tableProblem' : problem.exportName],
    },
    problemIs: own ? tableOf(settings) : `const problem = ${call(problem, settings.problemOptions, catalogue).text}`,
    networkIs: `const network = spikingMlp({
  inputs: problem.inputs,
  outputs: problem.outputs,
  hidden: [${hidden.join(', ')}],
  time: ${time},
  neuron: ${call(neuron, settings.neuronOptions, catalogue).text},
  spike: spike(${call(surrogate, settings.surrogateOptions, catalogue).text}),
  domain: problem.domain,
  output: standardise(problem.points('train')),
})`,
    given: `  network,
  problem,
  batch: ${batch},`,
    measured: `    const { relativeL2 } = await evaluate(network, event.variables, problem.points('${own ? 'train' : 'test'}'))
    console.log('relative L2 error${own ? ' at the points' : ''}', relativeL2)`,
  }
  return `${howToRun}
import { ${backend} } from '@spikeward/backend-${backend}'
import { ${list(estimator.exportName, ...estimated.imports)} } from '@spikeward/estimators'
import { ${list(neuron.exportName, ...packages.neurons, surrogate.exportName)} } from '@spikeward/neurons'
import { ${list(...packages.operators)} } from '@spikeward/operators'
import { ${list(optimizer.exportName, ...(constant ? [] : [schedule.exportName]))} } from '@spikeward/optim'
import { ${list(...packages.problems)} } from '@spikeward/problems'
import { ${list(...packages.train)} } from '@spikeward/train'

${problemIs}
${networkIs}
for await (const event of fit({
${given}
  estimator: ${estimated.text},
  optimizer: ${optimizer.exportName}(${rate}),
  backend: await ${backend}(),
  key: ${key},
  steps: ${steps},
  every: 100,
})) {
  if (event.type === 'metrics') console.log(event.step, event.loss)
  if (event.type === 'end') {
${measured}
  }
}
`
}

/** Results of a run so far. */
export type Outcome = { readonly latest: readonly (Progress | null)[]; readonly losses: readonly (readonly number[])[] }

/**
 * The run as JSON: its settings, and the progress of each contender. Of an operator also the tuned settings that have no control, and the
 * solves of the readout of each contender.
 */
export function toJson(
  settings: Settings,
  { latest, losses }: Outcome,
  link: string,
  catalogue: Catalogue | null,
): string {
  const partOf = (contender: number) => operatorNow(settings, contender, catalogue)
  const { part } = partOf(0)
  const { contenders, ...shared } = settings
  const results = contenders.map((contender, i) => {
    const { step = 0, error = null, seconds = 0, forwardEquivalents = 0 } = latest[i] ?? {}
    const taken = part === null ? {} : { solves: partOf(i).solves }
    return {
      ...contender,
      ...taken,
      step,
      relativeL2: error,
      seconds,
      forwardEquivalents,
      firstLosses: losses[i] ?? [],
    }
  })
  return `${JSON.stringify({ format: 'spikeward-demo', version: 2, link, settings: { ...shared, ...(part === null ? {} : { operator: part }) }, contenders: results }, null, 2)}\n`
}
