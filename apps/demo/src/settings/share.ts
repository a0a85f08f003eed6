import type { Progress } from '../protocol.js'
import type { Contender, Settings } from './settings.js'

/** The same run as a command of the CLI. */
export function toCommand(settings: Settings, contender: Contender): string {
  const { problem, hidden, time, neuron, beta, surrogate, reset, schedule, steps, batch, key, backend } = settings
  const options: readonly (readonly [string, string | number | null])[] = [
    ['estimator', contender.estimator],
    ['scope', contender.scope],
    ['directions', contender.directions],
    ['distribution', contender.distribution],
    ['size', contender.size],
    ['optimizer', contender.optimizer],
    ['learning-rate', contender.learningRate],
    ['schedule', schedule],
    ['steps', steps],
    ['batch', batch],
    ['hidden', hidden.join(',')],
    ['time', time],
    ['neuron', neuron],
    ['beta', beta],
    ['reset', reset],
    ['surrogate', surrogate],
    ['key', key],
    ['backend', backend],
    // The page never solves for the readout; for some estimators the command would.
    ['readout-solve', 0],
  ]
  const words = options.flatMap(([name, value]) => (value === null ? [] : [`--${name} ${value}`]))
  return `npm run -s spikeward -- train ${problem} ${words.join(' ')}`
}

const factories: Readonly<Record<string, string>> = {
  lif: 'leakyIntegrateAndFire',
  if: 'integrateAndFire',
  synaptic: 'synaptic',
  adaptive: 'adaptiveLeakyIntegrateAndFire',
  quadratic: 'quadraticIntegrateAndFire',
  exponential: 'exponentialIntegrateAndFire',
  izhikevich: 'izhikevich',
  resonate: 'resonateAndFire',
  bipolar: 'bipolarIntegrateAndFire',
  sigmoid: 'logistic',
  erf: 'errorFunction',
  'mexican-hat': 'mexicanHat',
}
const factory = (name: string): string => factories[name] ?? name

/** A call with options, those that are null left out: `rfg({ directions: 8 })`. */
function call(name: string, options: Readonly<Record<string, string | number | boolean | null>>): string {
  const given = Object.entries(options).flatMap(([k, v]) => (v === null ? [] : [`${k}: ${v}`]))
  return given.length === 0 ? `${name}()` : `${name}({ ${given.join(', ')} })`
}

/** An estimator by its call; a distribution is a value of the package, not a text. */
function estimatorCall({ estimator, scope, directions, distribution, size }: Contender): string {
  return call(estimator, {
    scope: scope === null ? null : `'${scope}'`,
    directions,
    distribution: distribution === null ? null : `distributions.${distribution}`,
    size,
    adapt: estimator === 'gaussNewton' ? false : null,
  })
}

/** The same run as a program. */
export function toTypeScript(settings: Settings, contender: Contender): string {
  const { problem, neuron, beta, reset, surrogate, hidden, time, batch, steps, schedule, key, backend } = settings
  const made = call(factory(neuron), { beta, reset: reset === null ? null : `'${reset}'` })
  const rate =
    schedule === 'cosine'
      ? `cosineDecay({ initial: ${contender.learningRate}, steps: ${steps} })`
      : String(contender.learningRate)
  const optim = schedule === 'cosine' ? `${contender.optimizer}, cosineDecay` : contender.optimizer
  const names = contender.distribution === null ? contender.estimator : `distributions, ${contender.estimator}`
  return `import { ${backend} } from '@spikeward/backend-${backend}'
import { ${names} } from '@spikeward/estimators'
import { ${factory(neuron)}, spike, ${factory(surrogate)} } from '@spikeward/neurons'
import { spikingMlp, standardise } from '@spikeward/operators'
import { ${optim} } from '@spikeward/optim'
import { ${factory(problem)} } from '@spikeward/problems'
import { evaluate, fit } from '@spikeward/train'

const problem = ${factory(problem)}()
const network = spikingMlp({
  inputs: problem.inputs,
  outputs: problem.outputs,
  hidden: [${hidden.join(', ')}],
  time: ${time},
  neuron: ${made},
  spike: spike(${factory(surrogate)}()),
  domain: problem.domain,
  output: standardise(problem.points('train')),
})
for await (const event of fit({
  network,
  problem,
  estimator: ${estimatorCall(contender)},
  optimizer: ${contender.optimizer}(${rate}),
  backend: await ${backend}(),
  batch: ${batch},
  key: ${key},
  steps: ${steps},
  every: 100,
})) {
  if (event.type === 'metrics') console.log(event.step, event.loss)
  if (event.type === 'end') {
    const { relativeL2 } = await evaluate(network, event.variables, problem.points('test'))
    console.log('relative L2 error', relativeL2)
  }
}
`
}

/** What a run did so far, for the record. */
export type Outcome = { readonly latest: readonly (Progress | null)[]; readonly losses: readonly (readonly number[])[] }

/** The run as JSON: its settings, and how far each estimator has come. */
export function toJson(settings: Settings, { latest, losses }: Outcome, link: string): string {
  const { contenders, ...shared } = settings
  const results = contenders.map((contender, i) => {
    const { step = 0, error = null, seconds = 0, forwardEquivalents = 0 } = latest[i] ?? {}
    return { ...contender, step, relativeL2: error, seconds, forwardEquivalents, firstLosses: losses[i] ?? [] }
  })
  return `${JSON.stringify({ format: 'spikeward-demo', version: 1, link, settings: shared, contenders: results }, null, 2)}\n`
}
