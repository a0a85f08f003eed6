import { entryOf } from '../protocol.js'
import type { Catalogue, Offered, Progress } from '../protocol.js'
import { kebabCase } from '@spikeward/core'
import { OWN, ownInputs, ownSamples } from './own.js'
import { AUTO } from './settings.js'
import type { Contender, OptionTexts, Settings } from './settings.js'

/** The name on the command line: the alias if there is one. */
const shortName = (list: readonly Offered[], name: string): string => entryOf(list, name)?.aliases[0] ?? name

/** `rfg`, or `"rfg(directions=8)"` in quotes for the shell. */
function expression(name: string, options: OptionTexts): string {
  const given = Object.entries(options).map(([option, text]) => `${option}=${text}`)
  return given.length === 0 ? name : `"${name}(${given.join(',')})"`
}

/**
 * Options for which the command line has its own tuned values. A command states them even if the page has their
 * declared defaults.
 */
const tunedOptions: readonly string[] = ['beta', 'reset', 'scope', 'directions', 'adapt']

function explicit(list: readonly Offered[], name: string, options: OptionTexts): OptionTexts {
  const described = entryOf(list, name)?.options ?? []
  const defaults = described.flatMap((o) =>
    tunedOptions.includes(o.name) && o.presence === 'value' && o.default !== null ? [[o.name, o.default] as const] : [],
  )
  return { ...Object.fromEntries(defaults), ...options }
}

/** The names of the columns of own points. */
const columnsOf = (settings: Settings): string[] => (ownInputs(settings) === 1 ? ['x'] : ['x1', 'x2'])

/**
 * Own points as a file, and the options of the command that reads it. The command holds out rows for validation and
 * test, so its numbers differ.
 */
function ownFile(settings: Settings): { readonly before: string; readonly data: string } {
  const inputs = columnsOf(settings)
  const rows = [[...inputs, 'y'], ...ownSamples(settings)].map((row) => row.join(','))
  return {
    before: `printf '%s\\n' ${rows.join(' ')} > points.csv\n`,
    data: `--data points.csv --inputs ${inputs.join(':')} --outputs y`,
  }
}

/** The same run as a command of the CLI; for own points a command that learns from them. */
export function toCommand(settings: Settings, contender: Contender, catalogue: Catalogue): string {
  const written = (list: readonly Offered[], name: string, given: OptionTexts): string =>
    expression(shortName(list, name), explicit(list, name, given))
  const { problem, hidden, time, schedule, steps, batch, key, backend } = settings
  const own = problem === OWN ? ownFile(settings) : { before: '', data: kebabCase(problem) }
  const problemOptions = problem === OWN ? {} : settings.problemOptions
  const options: readonly (readonly [string, string | number])[] = [
    ...Object.entries(problemOptions),
    ['estimator', written(catalogue.estimators, contender.estimator, contender.options)],
    ['optimizer', contender.optimizer],
    ['learning-rate', contender.learningRate],
    ['schedule', shortName(catalogue.schedules, schedule)],
    ['steps', steps],
    // A command holds out about a third of own points.
    ['batch', problem === OWN ? Math.max(1, Math.min(batch, Math.floor(0.65 * ownSamples(settings).length))) : batch],
    ['hidden', hidden.join(',')],
    ['time', time],
    ['neuron', written(catalogue.neurons, settings.neuron, settings.neuronOptions)],
    ['surrogate', written(catalogue.surrogates, settings.surrogate, settings.surrogateOptions)],
    ['key', key],
    ['backend', backend],
    // The page never solves the readout; the command does for some estimators.
    ['readout-solve', 0],
  ]
  return `${own.before}npm run -s spikeward -- train ${own.data} ${options.map(([name, value]) => `--${name} ${value}`).join(' ')}`
}

/** A call of a factory, and its imports besides the factory. */
type Call = { readonly text: string; readonly imports: readonly string[] }

/** `[a, b]` as a list of literals. */
const listLiteral = (text: string): string => {
  const items = text.replace(/^\[|\]$/g, '').split(',')
  return `[${items.flatMap((i) => (i.trim() === '' ? [] : [literal(i.trim())])).join(', ')}]`
}

const literal = (text: string): string =>
  text === 'none' ? 'null' : /^(true|false)$/.test(text) || Number.isFinite(Number(text)) ? text : `'${text}'`

/** `rfg({ directions: 8, distribution: sphere })`: texts become literals, or imports if they name a declared export. */
function call({ exportName, options: described }: Offered, options: OptionTexts, catalogue: Catalogue): Call {
  const imports: string[] = []
  const given = Object.entries(options).map(([name, text]) => {
    const option = described.find((o) => o.name === name)
    const declared = option?.kind === 'distribution' ? entryOf(catalogue.distributions, text) : undefined
    if (declared !== undefined) imports.push(declared.exportName)
    const value = declared?.exportName ?? (option?.type === 'list' ? listLiteral(text) : literal(text))
    return `${name}: ${value}`
  })
  return { text: given.length === 0 ? `${exportName}()` : `${exportName}({ ${given.join(', ')} })`, imports }
}

/** The entry of a name. Unknown names are left unchanged. */
const entryFor = (list: readonly Offered[], name: string): Offered =>
  entryOf(list, name) ?? ({ exportName: name, options: [] as readonly Offered['options'][number][] } as Offered)

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

/** The same run as a program. */
export function toTypeScript(settings: Settings, contender: Contender, catalogue: Catalogue): string {
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
  return `import { ${backend} } from '@spikeward/backend-${backend}'
import { ${list(estimator.exportName, ...estimated.imports)} } from '@spikeward/estimators'
import { ${list(neuron.exportName, 'spike', surrogate.exportName)} } from '@spikeward/neurons'
import { spikingMlp, standardise } from '@spikeward/operators'
import { ${list(optimizer.exportName, ...(constant ? [] : [schedule.exportName]))} } from '@spikeward/optim'
import { ${own ? 'tableProblem' : problem.exportName} } from '@spikeward/problems'
import { evaluate, fit } from '@spikeward/train'

${own ? tableOf(settings) : `const problem = ${call(problem, settings.problemOptions, catalogue).text}`}
const network = spikingMlp({
  inputs: problem.inputs,
  outputs: problem.outputs,
  hidden: [${hidden.join(', ')}],
  time: ${time},
  neuron: ${call(neuron, settings.neuronOptions, catalogue).text},
  spike: spike(${call(surrogate, settings.surrogateOptions, catalogue).text}),
  domain: problem.domain,
  output: standardise(problem.points('train')),
})
for await (const event of fit({
  network,
  problem,
  estimator: ${estimated.text},
  optimizer: ${optimizer.exportName}(${rate}),
  backend: await ${backend}(),
  batch: ${batch},
  key: ${key},
  steps: ${steps},
  every: 100,
})) {
  if (event.type === 'metrics') console.log(event.step, event.loss)
  if (event.type === 'end') {
    const { relativeL2 } = await evaluate(network, event.variables, problem.points('${own ? 'train' : 'test'}'))
    console.log('relative L2 error${own ? ' at the points' : ''}', relativeL2)
  }
}
`
}

/** Results of a run so far. */
export type Outcome = { readonly latest: readonly (Progress | null)[]; readonly losses: readonly (readonly number[])[] }

/** The run as JSON: its settings, and the progress of each contender. */
export function toJson(settings: Settings, { latest, losses }: Outcome, link: string): string {
  const { contenders, ...shared } = settings
  const results = contenders.map((contender, i) => {
    const { step = 0, error = null, seconds = 0, forwardEquivalents = 0 } = latest[i] ?? {}
    return { ...contender, step, relativeL2: error, seconds, forwardEquivalents, firstLosses: losses[i] ?? [] }
  })
  return `${JSON.stringify({ format: 'spikeward-demo', version: 2, link, settings: shared, contenders: results }, null, 2)}\n`
}
