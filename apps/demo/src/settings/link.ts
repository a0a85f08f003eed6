import { MAX_CONTENDERS, firstSettings, contenderFor, settingsFor } from './settings.js'
import type { BackendName, Contender, Settings } from './settings.js'

const contenderKeys = ['scope', 'directions', 'distribution', 'size', 'optimizer', 'learningRate'] as const

const contenderText = (contender: Contender): string =>
  [contender.estimator, ...contenderKeys.flatMap((k) => (contender[k] === null ? [] : [`${k}:${contender[k]}`]))].join(
    ',',
  )

const number = <T extends number | null>(text: string | null | undefined, otherwise: T): number | T =>
  text === null || text === undefined || text === '' || !Number.isFinite(Number(text)) ? otherwise : Number(text)

function contenderOf(text: string): Contender {
  const [estimator = '', ...parts] = text.split(',')
  const given = new Map(parts.map((part) => [part.slice(0, part.indexOf(':')), part.slice(part.indexOf(':') + 1)]))
  const base = contenderFor(estimator, given.get('scope') ?? null)
  return {
    ...base,
    directions: number(given.get('directions'), base.directions),
    distribution: given.get('distribution') ?? null,
    size: given.has('size') ? number(given.get('size'), 1e-3) : null,
    optimizer: given.get('optimizer') ?? base.optimizer,
    learningRate: number(given.get('learningRate'), base.learningRate),
  }
}

/** All settings as the part of an address after `#`: the same text gives the same run. */
export function toLink(settings: Settings): string {
  const { contenders, hidden, beta, reset, ...plain } = settings
  const pairs = Object.entries(plain).map(([name, value]): [string, string] => [name, String(value)])
  const search = new URLSearchParams([
    ...pairs,
    ['beta', beta === null ? 'none' : String(beta)],
    ['reset', reset ?? 'default'],
    ['hidden', hidden.join(',')],
    ...contenders.map((contender): [string, string] => ['contender', contenderText(contender)]),
  ])
  // Commas and colons are allowed there as they are, and read better.
  return search.toString().replaceAll('%2C', ',').replaceAll('%3A', ':')
}

/** The settings of an address; what it leaves out or writes wrong is as at first sight. */
export function fromLink(hash: string): Settings {
  const search = new URLSearchParams(hash.replace(/^#/, ''))
  const problem = search.get('problem') ?? firstSettings.problem
  const base = settingsFor(problem)
  const text = (name: 'neuron' | 'surrogate' | 'schedule'): string => search.get(name) ?? base[name]
  const count = (name: 'time' | 'batch' | 'steps' | 'key'): number => number(search.get(name), base[name])
  const contenders = search.getAll('contender').slice(0, MAX_CONTENDERS)
  const backend: BackendName = search.get('backend') === 'webgpu' ? 'webgpu' : 'cpu'
  const [beta, reset, hidden] = [search.get('beta'), search.get('reset'), search.get('hidden')]
  return {
    problem,
    neuron: text('neuron'),
    beta: beta === 'none' ? null : number(beta, base.beta ?? 1),
    reset: reset === 'default' ? null : (reset ?? base.reset),
    surrogate: text('surrogate'),
    hidden: hidden === null ? base.hidden : hidden.split(',').map((n) => number(n, 0)),
    time: count('time'),
    batch: count('batch'),
    steps: count('steps'),
    schedule: text('schedule'),
    key: count('key'),
    backend,
    contenders: contenders.length === 0 ? base.contenders : contenders.map(contenderOf),
  }
}
