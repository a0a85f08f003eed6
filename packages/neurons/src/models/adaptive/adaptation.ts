import { type Filled, type Tensor, add, div, mul, number, sub } from '@spikeward/core'

/** State of a neuron with adaptation: membrane u and recovery w, of the neurons' shape. */
export type AdaptationState = { readonly membrane: Tensor; readonly adaptation: Tensor }

/**
 * The options of an adaptation w that follows the membrane and jumps at a spike, see {@link adapted}.
 *
 * @param defaults in which models differ
 */
/* @__NO_SIDE_EFFECTS__ */
export function adaptationOptions({ adaptationTau, jump }: { readonly adaptationTau: number; readonly jump: number }) {
  return {
    /** Time constant of the adaptation in steps, τ_w > 0. */
    adaptationTau: number({
      min: 0,
      above: true,
      default: adaptationTau,
      help: 'time constant of the adaptation in steps (τ_w)',
    }),
    /** Coupling a of the adaptation to the membrane. */
    coupling: number({ default: 0.1, help: 'coupling of the adaptation to the membrane (a)' }),
    /** Jump b of the adaptation at a spike. */
    jump: number({ default: jump, help: 'jump of the adaptation at a spike (b)' }),
    /** Adaptation before the first step. */
    initialAdaptation: number({ default: 0, help: 'adaptation before the first step' }),
  }
}

type Adaptation = Omit<Filled<ReturnType<typeof adaptationOptions>>, 'initialAdaptation'>

/** Euler's step of the adaptation: w' = w + (a(c(u) − u₀) − w)/τ_w + b s. */
export function adapted(
  w: Tensor,
  { charged, spikes }: { readonly charged: Tensor; readonly spikes: Tensor },
  { adaptationTau, coupling, jump, restMembrane: rest }: Adaptation & { readonly restMembrane: number },
): Tensor {
  const followed = add(w, div(sub(mul(coupling, sub(charged, rest)), w), adaptationTau))
  return add(followed, mul(jump, spikes))
}
