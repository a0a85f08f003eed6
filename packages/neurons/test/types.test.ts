import { describe, expectTypeOf, it } from 'vitest'
import { type NeuronModel, type Spike, type Surrogate, type Tensor, type Tree, key, tensor } from '@spikeward/core'
import {
  atan,
  leakyIntegrateAndFire,
  leakyIntegrator,
  parametricLeakyIntegrateAndFire,
  recurrent,
  resonateAndFire,
  spike,
  spikingJellyLif,
  synaptic,
  unroll,
} from '../src/index.js'
import type { MembraneState, RecurrentLayer, SynapticState } from '../src/index.js'

/** Checked by the compiler; nothing of it runs. */
describe('types', () => {
  it('names exactly the learned coefficients', () => {
    expectTypeOf(leakyIntegrateAndFire()).toEqualTypeOf<NeuronModel<Readonly<Record<never, Tensor>>, MembraneState>>()
    const learning = () => leakyIntegrateAndFire({ learn: ['beta'] }).init(key(0), 1)
    expectTypeOf(learning).returns.toEqualTypeOf<{ readonly beta: Tensor }>()
    expectTypeOf(leakyIntegrateAndFire).parameter(0).not.toBeAny()
    const parametric = () => parametricLeakyIntegrateAndFire({ learn: ['threshold'] }).init(key(0), 1)
    expectTypeOf(parametric).returns.toEqualTypeOf<{ readonly leakLogit: Tensor; readonly threshold: Tensor }>()
    const layer = () => recurrent(synaptic({ learn: ['alpha'] }))
    expectTypeOf(layer).returns.toEqualTypeOf<RecurrentLayer<{ readonly alpha: Tensor }, SynapticState>>()
    expectTypeOf(() => layer().init(key(0), 1).feedbackWeight).returns.toEqualTypeOf<Tensor>()
    // @ts-expect-error a recurrent layer's parameters are not those of its neurons alone
    void (() => layer().step({ alpha: layer().init(key(0), 1).alpha }, layer().rest([1]), tensor([1]), spike(atan())))
    // @ts-expect-error a resonator's reset is never delayed
    void (() => resonateAndFire({ resetDelay: true }))
    // @ts-expect-error a leaky integrator has no threshold to learn
    void (() => leakyIntegrator({ learn: ['threshold'] }))
    // @ts-expect-error there is no such reset
    void (() => leakyIntegrateAndFire({ reset: 'hard' }))
    // @ts-expect-error there is no such option
    void (() => leakyIntegrateAndFire({ tau: 2 }))
  })

  it('fits the contracts of core', () => {
    expectTypeOf(leakyIntegrateAndFire()).toExtend<NeuronModel<Record<never, never>, MembraneState>>()
    expectTypeOf(() => spikingJellyLif().model.rest([1])).returns.toExtend<Tree>()
    expectTypeOf(atan()).toExtend<Surrogate>()
    expectTypeOf(spike(atan())).toEqualTypeOf<Spike>()
  })

  it('keeps the state of the model through time', () => {
    const run = (x: Tensor) => {
      const model = synaptic()
      return unroll(model, {}, model.rest(x.shape), x, { steps: 3 }, spike(atan()))
    }
    expectTypeOf(run).returns.toEqualTypeOf<{ readonly state: SynapticState; readonly outputs: Tensor }>()
  })
})
