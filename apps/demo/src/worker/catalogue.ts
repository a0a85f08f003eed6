import { SpikewardError } from '@spikeward/core'
import type { Estimator, NeuronModel, Optimizer, RegressionProblem, Surrogate } from '@spikeward/core'
import * as e from '@spikeward/estimators'
import * as n from '@spikeward/neurons'
import { adam, cosineDecay, constant, momentum, sgd } from '@spikeward/optim'
import type { Schedule } from '@spikeward/optim'
import { mexicanHat, parabola, ripple } from '@spikeward/problems'
import type { Catalogue } from '../protocol.js'
import type { Contender, Settings } from '../settings/settings.js'

type Entry<T> = { readonly about: string; readonly make: T }
type Taking<T, K extends string> = Entry<T> & { readonly takes: readonly K[] }
type NeuronOptions = Pick<Settings, 'beta' | 'reset'>
type EstimatorOptions = Pick<Contender, 'scope' | 'directions' | 'distribution' | 'size'>

/** The value under a name. @throws UNKNOWN_NAME */
export function pick<T>(what: string, name: string, known: Readonly<Record<string, T>>): T {
  const found = Object.hasOwn(known, name) ? known[name] : undefined
  if (found !== undefined) return found
  const names = Object.keys(known).join(', ')
  throw new SpikewardError('UNKNOWN_NAME', `no ${what} is called "${name}"; choose one of ${names}`)
}

const given = <T extends string, V>(name: T, value: V | null): { readonly [k in T]?: V } =>
  value === null ? {} : ({ [name]: value } as { [k in T]: V })

const resets = { subtract: 'subtract', zero: 'zero', none: 'none' } as const
const reset = (o: NeuronOptions) => given('reset', o.reset === null ? null : pick('reset', o.reset, resets))
const leaky = (o: NeuronOptions) => ({ ...given('beta', o.beta), ...reset(o) })

const scopes = { global: 'global', layerwise: 'layerwise' } as const
const scope = (o: EstimatorOptions) => given('scope', o.scope === null ? null : pick('scope', o.scope, scopes))
const directions = (o: EstimatorOptions) => given('directions', o.directions)
const drawn = (o: EstimatorOptions) => ({
  ...directions(o),
  ...given(
    'distribution',
    o.distribution === null ? null : pick<e.Distribution>('distribution', o.distribution, e.distributions),
  ),
})

/** Targets. */
export const problems: Readonly<Record<string, Entry<() => RegressionProblem>>> = {
  'mexican-hat': { about: 'Mexican hat, two inputs', make: () => mexicanHat() },
  ripple: { about: 'Decaying ripple, two inputs', make: () => ripple() },
  parabola: { about: 'Parabola, one input', make: () => parabola() },
}

/** Neuron models, by the names of the command line. */
export const neurons: Readonly<Record<string, Taking<(o: NeuronOptions) => NeuronModel, 'beta'>>> = {
  lif: { about: 'Leaky integrate and fire', takes: ['beta'], make: (o) => n.leakyIntegrateAndFire(leaky(o)) },
  if: { about: 'Integrate and fire', takes: [], make: (o) => n.integrateAndFire(reset(o)) },
  synaptic: { about: 'With a synaptic current', takes: ['beta'], make: (o) => n.synaptic(leaky(o)) },
  adaptive: {
    about: 'With an adaptive threshold',
    takes: ['beta'],
    make: (o) => n.adaptiveLeakyIntegrateAndFire(leaky(o)),
  },
  quadratic: { about: 'Quadratic', takes: [], make: (o) => n.quadraticIntegrateAndFire(reset(o)) },
  exponential: { about: 'Exponential', takes: [], make: (o) => n.exponentialIntegrateAndFire(reset(o)) },
  izhikevich: { about: 'Izhikevich', takes: [], make: (o) => n.izhikevich(reset(o)) },
  resonate: { about: 'Resonate and fire', takes: [], make: (o) => n.resonateAndFire(reset(o)) },
  bipolar: { about: 'Spikes of both signs', takes: ['beta'], make: (o) => n.bipolarIntegrateAndFire(leaky(o)) },
}

/** Surrogates. */
export const surrogates: Readonly<Record<string, Entry<() => Surrogate>>> = {
  atan: { about: 'Arctangent', make: () => n.atan() },
  fastSigmoid: { about: 'Fast sigmoid', make: () => n.fastSigmoid() },
  sigmoid: { about: 'Logistic', make: () => n.logistic() },
  gaussian: { about: 'Gaussian', make: () => n.gaussian() },
  erf: { about: 'Error function', make: () => n.errorFunction() },
  triangular: { about: 'Triangle', make: () => n.triangular() },
  boxcar: { about: 'Boxcar', make: () => n.boxcar() },
  piecewiseExp: { about: 'Two-sided exponential', make: () => n.piecewiseExp() },
  superSpike: { about: 'SuperSpike', make: () => n.superSpike() },
  straightThrough: { about: 'Straight through', make: () => n.straightThrough() },
}

/** Estimators. */
export const estimators: Readonly<
  Record<string, Taking<(o: EstimatorOptions) => Estimator, 'scope' | 'directions' | 'distribution' | 'size'>>
> = {
  rfg: {
    about: 'Random forward gradient: slopes along random directions of all weights',
    takes: ['scope', 'directions', 'distribution'],
    make: (o) => e.rfg({ ...scope(o), ...drawn(o) }),
  },
  activity: {
    about: 'Activity perturbation: noise on the neurons’ currents, sample by sample',
    takes: ['scope', 'directions', 'distribution'],
    make: (o) => e.activity({ ...scope(o), ...drawn(o) }),
  },
  eligibility: {
    about: 'Eligibility traces, carried forward in time',
    takes: ['directions', 'distribution'],
    make: (o) => e.eligibility(drawn(o)),
  },
  gaussNewton: {
    about: 'Forward Gauss–Newton on the traces; takes plain descent',
    takes: ['directions', 'distribution'],
    // Mini-batches: a damping that follows the loss would follow their noise.
    make: (o) => e.gaussNewton({ ...drawn(o), adapt: false }),
  },
  spsa: {
    about: 'Differences of the loss along random signs: no derivative at all',
    takes: ['directions', 'distribution', 'size'],
    make: (o) => e.spsa({ ...drawn(o), ...given('size', o.size) }),
  },
  mezo: {
    about: 'Differences of the loss along Gaussian directions',
    takes: ['directions', 'distribution', 'size'],
    make: (o) => e.mezo({ ...drawn(o), ...given('size', o.size) }),
  },
  lowRank: {
    about: 'Random forward gradient along directions of rank one',
    takes: ['scope', 'directions'],
    make: (o) => e.lowRank({ ...scope(o), ...directions(o) }),
  },
  guided: {
    about: 'Random forward gradient beside the last estimate',
    takes: ['directions'],
    make: (o) => e.guided(directions(o)),
  },
  orthogonalTangents: {
    about: 'Random forward gradient along orthogonal directions',
    takes: ['directions'],
    make: (o) => e.orthogonalTangents(directions(o)),
  },
  bp: { about: 'Back-propagation through time: the reference, which goes backwards', takes: [], make: () => e.bp() },
}

/** Optimisers, by learning rate or schedule. */
export const optimizers: Readonly<Record<string, Entry<(rate: Schedule) => Optimizer>>> = {
  adam: { about: 'Adam', make: adam },
  momentum: { about: 'Momentum 0.9', make: momentum },
  sgd: { about: 'Plain descent', make: sgd },
}

/** How the learning rate goes over the steps of a run. */
export const schedules: Readonly<Record<string, (rate: number, steps: number) => Schedule>> = {
  cosine: (initial, steps) => cosineDecay({ initial, steps }),
  constant: (rate) => constant(rate),
}

const listed = <T extends Entry<unknown>>(known: Readonly<Record<string, T>>) =>
  Object.entries(known).map(([name, { make: _, ...rest }]) => ({ name, ...rest }))

/** What the page offers to choose from. */
export const catalogue: Catalogue = {
  problems: listed(problems),
  neurons: listed(neurons),
  resets: Object.keys(resets),
  surrogates: listed(surrogates),
  estimators: listed(estimators),
  optimizers: listed(optimizers),
  distributions: Object.keys(e.distributions),
}
