/**
 * Everything that the command knows by name. The lists are derived from the packages' declared exports: a new
 * estimator, neuron model, surrogate, optimiser, problem or backend appears here when its package exports it.
 */
import * as cpuPackage from '@spikeward/backend-cpu'
import { host } from '#host'
import * as webgpuPackage from '@spikeward/backend-webgpu'
import * as chipPackage from '@spikeward/chip'
import { declaredIn, isDeclared, kebabCase, referenceBackend } from '@spikeward/core'
import type { Declared, Kind, ValueType } from '@spikeward/core'
import * as estimatorPackage from '@spikeward/estimators'
import * as neuronPackage from '@spikeward/neurons'
import * as operatorPackage from '@spikeward/operators'
import * as optimPackage from '@spikeward/optim'
import * as problemPackage from '@spikeward/problems'
import * as trainPackage from '@spikeward/train'
import { isSupplied } from './kinds/networkSizes.js'

/** The combinator whose functions a command line writes as two sizes: `annealed(spsa, 0.1, 0.02)`. */
export const ANNEALED = 'annealed'

/** A factory, or a value, that carries its declaration. */
export type Factory = Declared<object>

/** Factories by the name under which the command lists them. */
export type Factories = Readonly<Record<string, Factory>>

const renamed = (factories: Factories, rename: (name: string) => string): Factories =>
  Object.fromEntries(Object.entries(factories).map(([name, factory]) => [rename(name), factory]))

const shortName = ({ declaration: { aliases, name } }: Factory): string => aliases[0] ?? name

/** Networks have their established short names, the others their own in kebab case. */
const networkName = (factory: Factory): string => factory.declaration.aliases[0] ?? kebabCase(factory.declaration.name)

const byName = (factories: Factories, nameOf: (factory: Factory) => string): Factories =>
  Object.fromEntries(Object.values(factories).map((factory) => [nameOf(factory), factory]))

const byShortName = (factories: Factories): Factories => byName(factories, shortName)

const filtered = (factories: Factories, keep: (factory: Factory) => boolean): Factories =>
  Object.fromEntries(Object.entries(factories).filter(([, factory]) => keep(factory)))

/** Whether entries of a value are written as options of any name: `perBlock(layers=rfg, readout=bp)`. */
const isWrittenByName = ({ name, items }: ValueType<unknown>): boolean => name === 'record' && items?.kind !== undefined

/** The first required option that a command line cannot express and a run does not supply. */
const lacking = ({ declaration: { kind, arguments: args, options } }: Factory) =>
  Object.entries({ ...args, ...options }).find(
    ([name, { presence, type }]) =>
      presence === 'required' && type.parse === null && !isWrittenByName(type) && !isSupplied(kind, name),
  )

const isWritable = (factory: Factory): boolean => lacking(factory) === undefined

/** `annealed` takes functions; two sizes replace them, so that it can still be written. */
const isWrittenOtherwise = ({ declaration: { name } }: Factory): boolean => name === ANNEALED

const hasArguments = ({ declaration }: Factory): boolean => Object.keys(declaration.arguments).length > 0

/** Networks are read out by their spike rates, so a model that never fires is omitted. */
const fires = ({ declaration }: Factory): boolean => declaration.facts['spikes'] !== false

const neurons = byShortName(
  filtered(declaredIn({ ...neuronPackage }, 'neuron'), (one) => isWritable(one) && fires(one)),
)

function lackOf(factory: Factory): string | null {
  if (!fires(factory)) return 'never fires, and networks are read by their spike rates'
  const [name, option] = lacking(factory) ?? []
  return option === undefined ? null : `needs ${name} (${option.help}), which cannot be written`
}

/**
 * The reason that a declared factory has no name here, such as an argument that cannot be written; null if no package
 * declares the name.
 *
 * @example
 * whyAbsent('leakyIntegrator') // 'never fires, and networks are read by their spike rates'
 */
export function whyAbsent(name: string): string | null {
  const exported = [neuronPackage, operatorPackage, optimPackage, estimatorPackage].flatMap((from) =>
    Object.values({ ...from } as Readonly<Record<string, unknown>>).filter(
      (one): one is Factory =>
        isDeclared(one) && (one.declaration.name === name || one.declaration.aliases.includes(name)),
    ),
  )
  return exported.map(lackOf).find((lack) => lack !== null) ?? null
}

/** Factories by kind and name, in the order of the packages' exports. */
export const factories = {
  backend: byShortName(declaredIn({ ...cpuPackage, ...host.backends, ...webgpuPackage, referenceBackend }, 'backend')),
  problem: renamed(declaredIn({ ...problemPackage }, 'problem'), kebabCase),
  estimator: filtered(declaredIn({ ...estimatorPackage }, 'estimator'), isWritable),
  /** Estimators of training on a chip. */
  deviceEstimator: byShortName(declaredIn({ ...chipPackage }, 'deviceEstimator')),
  combinator: filtered(
    declaredIn({ ...estimatorPackage }, 'combinator'),
    (one) => isWritable(one) || isWrittenOtherwise(one),
  ),
  distribution: declaredIn({ ...estimatorPackage }, 'distribution'),
  neuron: filtered(neurons, (one) => !hasArguments(one)),
  /** Models that wrap another one: `recurrent(lif)`. */
  neuronCombinator: filtered(neurons, hasArguments),
  /** Models of other libraries, with the value of their spike at the threshold. */
  convention: declaredIn({ ...neuronPackage }, 'convention'),
  surrogate: byShortName(filtered(declaredIn({ ...neuronPackage }, 'surrogate'), isWritable)),
  /** For networks of packages that take one: `--encoder latencyEncoding(silentBelow=0.1)`. */
  encoder: declaredIn({ ...neuronPackage }, 'encoder'),
  optimizer: declaredIn({ ...optimPackage }, 'optimizer'),
  transform: declaredIn({ ...optimPackage }, 'transform'),
  schedule: byShortName(filtered(declaredIn({ ...optimPackage }, 'schedule'), isWritable)),
  network: byName(filtered(declaredIn({ ...operatorPackage }, 'network'), isWritable), networkName),
  derivative: byShortName(filtered(declaredIn({ ...operatorPackage }, 'derivative'), isWritable)),
  refinement: declaredIn({ ...trainPackage }, 'refinement'),
  task: declaredIn({ ...trainPackage }, 'task'),
} as const satisfies Readonly<Record<string, Factories>>

export type ListName = keyof typeof factories

export const hasList = (kind: Kind): kind is Kind & ListName => Object.hasOwn(factories, kind)

const wider: Readonly<Partial<Record<ListName, readonly ListName[]>>> = {
  estimator: ['combinator'],
  neuron: ['neuronCombinator', 'convention'],
  optimizer: ['transform'],
}

export const listsOf = <K extends ListName>(kind: K): readonly [K, ...ListName[]] => [kind, ...(wider[kind] ?? [])]

/**
 * The factory with this name or alias in the first of the lists that has it, and its name there; null if none has it.
 */
export function lookUp(
  lists: readonly ListName[],
  name: string,
): { readonly listed: string; readonly factory: Factory } | null {
  for (const kind of lists) {
    const known: Factories = factories[kind]
    if (Object.hasOwn(known, name)) return { listed: name, factory: known[name]! }
    const entry = Object.entries(known).find(([, { declaration: d }]) => d.name === name || d.aliases.includes(name))
    if (entry !== undefined) return { listed: entry[0], factory: entry[1] }
  }
  return null
}
