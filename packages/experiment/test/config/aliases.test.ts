/** Names and aliases of declared factories give the same settings, and so the same config.json. */
import { expect, test } from 'vitest'
import { type Factories, type ListName, factories } from '../../src/catalogue/factories.js'
import { canonical } from '../../src/catalogue/notation/canonical.js'
import { configOf } from '../../src/config/configOf.js'
import type { TrainConfig, TrainOptions } from '../../src/config/trainConfig.js'

const basic = { key: 0, backend: 'reference', json: false, quiet: true } as TrainOptions

const configFor = (problem: string, options: Partial<TrainOptions>): Promise<TrainConfig> =>
  configOf(problem, { ...basic, ...options }, { err: () => undefined })

/** The names of a factory besides the listed one. */
const othersOf = (kind: ListName, listed: string): readonly string[] => {
  const { name, aliases } = (factories[kind] as Factories)[listed]!.declaration
  return [name, ...aliases].filter((one) => one !== listed)
}

type Written = (name: string) => readonly [problem: string, options: Partial<TrainOptions>]

/** A problem of the networks that learn what a fact states. */
const problems: Readonly<Record<string, string>> = {
  functions: 'mexican-hat',
  operators: 'diffusion',
  'operators of several functions': 'reaction-diffusion',
  'functions on one grid': 'burgers-sharp',
  'one solution': 'poisson-1d',
  sequences: 'sequences',
}
const networks: Factories = factories.network
const learnedBy = (name: string): string =>
  problems[String(networks[canonical('network', name)]!.declaration.facts['learns'])]!

/** How a command line writes the factories of each list. */
const written: Readonly<Partial<Record<ListName, Written>>> = {
  problem: (name) => [name, {}],
  network: (name) => [learnedBy(name), { network: name }],
  neuron: (name) => ['mexican-hat', { neuron: name }],
  convention: (name) => ['mexican-hat', { neuron: name }],
  surrogate: (name) => ['mexican-hat', { surrogate: name }],
  estimator: (name) => ['mexican-hat', { estimator: name }],
  optimizer: (name) => ['mexican-hat', { optimizer: name }],
  schedule: (name) => ['mexican-hat', { schedule: name }],
  task: (name) => ['kuramoto-sivashinsky', { task: name }],
  derivative: (name) => ['poisson-1d', { derivative: name }],
  refinement: (name) => ['poisson-1d', { refine: `${name},${name}` }],
  distribution: (name) => ['mexican-hat', { estimator: 'rfg', declared: { distribution: name } }],
  backend: (name) => ['mexican-hat', { backend: name }],
}

const cases = Object.entries(written).flatMap(([kind, write]) =>
  Object.keys(factories[kind as ListName]).flatMap((listed) =>
    othersOf(kind as ListName, listed).map((other) => [kind, listed, other, write] as const),
  ),
)

test('there are such names of neurons, surrogates, networks, problems, schedules, derivatives and backends', () => {
  const kinds = new Set(cases.map(([kind]) => kind))
  for (const kind of ['neuron', 'surrogate', 'network', 'problem', 'schedule', 'derivative', 'backend'])
    expect(kinds).toContain(kind)
})

test.each(cases)('%s %s: %s gives the same settings', async (_, listed, other, write) => {
  expect(await configFor(...write(other))).toEqual(await configFor(...write(listed)))
})

test.each([
  ['recurrent(leakyIntegrateAndFire)', 'recurrent(lif)'],
  ['winners(leakyIntegrateAndFire, 8)', 'winners(lif, 8)'],
  ['recurrent( leakyIntegrateAndFire(beta=0.5), gain=2 )', 'recurrent( lif(beta=0.5), gain=2 )'],
  ['./own.js#wrap(integrateAndFire, lif)', './own.js#wrap(if, lif)'],
  ['adaptiveLeakyIntegrateAndFire(reset=zero)', 'adaptive(reset=zero)'],
  ['unknown(integrateAndFire)', 'unknown(if)'],
] as const)('the neurons %s are stored as %s', (text, stored) => {
  expect(canonical('neuron', text)).toBe(stored)
  expect(canonical('neuron', stored)).toBe(stored)
})

test('factories inside others, and in options, are renamed by their kind', () => {
  expect(canonical('schedule', 'warmUp(100, cosineDecay(floor=0.1))')).toBe('warmUp(100, cosine(floor=0.1))')
  expect(canonical('estimator', 'perBlock(layers=rfg(distribution=gaussian), readout=bp)')).toBe(
    'perBlock(layers=rfg(distribution=gaussian), readout=bp)',
  )
})
