import { kebabCase } from '@spikeward/core'
import { type ProblemDefaults, regressionDefaults } from '@spikeward/experiment/tuned'
import { OWN } from './own.js'
import { MAX_CONTENDERS, contenderFor, firstSettings, numberOf, settingsFor } from './settings.js'
import type { Contender, OptionTexts, Settings } from './settings.js'
import { type Tuned, nothingTuned, tunedFor } from './tuned.js'

/** `name,option:value,option:value`. Commas inside values are written as semicolons. */
const choiceText = (name: string, options: Readonly<Record<string, string | number>>): string =>
  [name, ...Object.entries(options).map(([k, v]) => `${k}:${String(v).replaceAll(',', ';')}`)].join(',')

function choiceOf(text: string): { readonly name: string; readonly options: OptionTexts } {
  const [name = '', ...parts] = text.split(',')
  const pairs = parts.map((part): [string, string] => {
    const colon = part.indexOf(':')
    return [part.slice(0, colon), part.slice(colon + 1).replaceAll(';', ',')]
  })
  return { name, options: Object.fromEntries(pairs.filter(([option]) => option !== '')) }
}

const number = (text: string | null | undefined, otherwise: number): number => {
  const value = numberOf(text ?? '')
  return Number.isFinite(value) ? value : otherwise
}

const contenderText = ({ estimator, options, optimizer, learningRate }: Contender): string =>
  choiceText(estimator, { ...options, optimizer, learningRate })

/** A contender; options that the text omits have their tuned values. */
function contenderOf(text: string, tuned: ProblemDefaults | undefined): Contender {
  const { name, options } = choiceOf(text)
  const { optimizer, learningRate, ...own } = options
  const base = contenderFor(name, own['scope'] ?? null, tuned)
  return {
    estimator: name,
    options: { ...base.options, ...own },
    optimizer: optimizer ?? base.optimizer,
    learningRate: number(learningRate, base.learningRate),
  }
}

/**
 * All settings as the part of an address after `#`. The same text gives the same run of the same page: tuned settings
 * without a control, such as the trunk of an operator, are those of its release.
 */
export function toLink(settings: Settings): string {
  const { problem, problemOptions, neuron, neuronOptions, surrogate, surrogateOptions, ...rest } = settings
  const { contenders, hidden, network, ...plain } = rest
  const search = new URLSearchParams([
    ['problem', choiceText(problem, problemOptions)],
    ['neuron', choiceText(neuron, neuronOptions)],
    ['surrogate', choiceText(surrogate, surrogateOptions)],
    ...Object.entries(plain).map(([name, value]): [string, string] => [name, String(value)]),
    ['hidden', hidden.join(',')],
    ...(network === null ? [] : [['network', network] satisfies [string, string]]),
    ...contenders.map((contender): [string, string] => ['contender', contenderText(contender)]),
  ])
  // Addresses may contain these characters, and are easier to read with them.
  return search.toString().replaceAll('%2C', ',').replaceAll('%3A', ':').replaceAll('%3B', ';')
}

/** The most characters of a link: 200 own points with 20 characters a number take 12,000. */
const MAX_CHARACTERS = 1 << 15

/** Why the page does not read a link; null if it does. Lists of any length would exhaust memory and stack. */
export const faultOfLink = (hash: string): { readonly code: string; readonly message: string } | null =>
  hash.length <= MAX_CHARACTERS
    ? null
    : {
        code: 'LINK_TOO_LONG',
        message: `The link has ${hash.length} characters, and the page reads at most ${MAX_CHARACTERS}; give fewer points or layers.`,
      }

/**
 * The settings of an address. Missing or invalid ones have their defaults; a link that is too long means the first
 * settings ({@link faultOfLink}).
 *
 * @param tuned the tuned settings of equations and operators, if they are known yet
 */
export function fromLink(hash: string, tuned: Tuned = nothingTuned): Settings {
  const search = new URLSearchParams(faultOfLink(hash) === null ? hash.replace(/^#/, '') : '')
  const choice = (name: 'problem' | 'neuron' | 'surrogate', base: Settings) => {
    const text = search.get(name)
    return text === null ? { name: base[name], options: base[`${name}Options`] } : choiceOf(text)
  }
  const problem = choice('problem', firstSettings)
  const base = settingsFor(problem.name, tuned, search.get('network'))
  const [neuron, surrogate] = [choice('neuron', base), choice('surrogate', base)]
  const count = (name: 'time' | 'batch' | 'steps' | 'key'): number => number(search.get(name), base[name])
  const contenders = search.getAll('contender').slice(0, MAX_CONTENDERS)
  const hidden = search.get('hidden')
  // An address that the page wrote has all options that differ from the declared ones.
  const isWhole = hidden !== null || Object.keys(problem.options).length > 0
  return {
    ...{ problem: problem.name, problemOptions: isWhole ? problem.options : base.problemOptions },
    ...{ neuron: neuron.name, neuronOptions: neuron.options },
    ...{ surrogate: surrogate.name, surrogateOptions: surrogate.options },
    network: base.network,
    hidden: hidden === null ? base.hidden : hidden.split(',').map((n) => number(n, 0)),
    ...{ time: count('time'), batch: count('batch'), steps: count('steps') },
    schedule: search.get('schedule') ?? base.schedule,
    key: count('key'),
    backend: search.get('backend') ?? base.backend,
    contenders:
      contenders.length === 0
        ? base.contenders
        : contenders.map((text) => contenderOf(text, tunedFor(problem.name, tuned, base.network))),
  }
}

/** Whether an address names a problem that loads later: an equation, or one that does not exist. */
export function isLater(hash: string): boolean {
  const { problem } = fromLink(hash)
  return problem !== OWN && !Object.hasOwn(regressionDefaults, kebabCase(problem))
}
