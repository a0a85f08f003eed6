/** Signs that the weights of a connection may have. A connection of one sign has one more bit for the magnitude. */
export type SignMode = 'mixed' | 'excitatory' | 'inhibitory'

/**
 * A core of a neuromorphic chip as data: word lengths, units and limits. Another chip of the same kind is another
 * record.
 *
 * All numbers are integers. A signed word of b bits holds −2^(b−1) … 2^(b−1) − 1.
 */
export interface Chip {
  readonly name: string
  /** The source of the numbers. */
  readonly source: string
  /** Bits of the synaptic current and of the membrane, with the sign. */
  readonly stateBits: number
  /** Bits of a decay: du and dv are 0 … 2^bits − 1, and 2^bits is a decay of 1. */
  readonly decayBits: number
  /** The offsets added to du and dv. */
  readonly decayOffset: { readonly current: number; readonly membrane: number }
  /** Bits of a bias: a mantissa with sign, shifted left by an exponent without. */
  readonly biasBits: { readonly mantissa: number; readonly exponent: number }
  /** Bits of the threshold, without a sign. */
  readonly thresholdBits: number
  /** Left shift of the threshold, and of a sum of weights, to the unit of the states. */
  readonly stateShift: number
  /** Bits of a weight, including the sign in mixed mode. */
  readonly weightBits: number
  /** Lowest and highest exponent of a connection's weights. */
  readonly weightExponent: readonly [number, number]
  /** Bits of a spike's payload; 1 for binary spikes. */
  readonly spikeBits: number
  /** Neurons of a core. */
  readonly neuronsPerCore: number
  /** The number of inputs that a neuron can distinguish. */
  readonly fanIn: number
  /** Bytes for synapses in a core. */
  readonly synapseBytesPerCore: number
  readonly cores: number
  /** Longest delay of a synapse in steps. */
  readonly delay: number
  /** Whether a spike can subtract the threshold from the membrane; otherwise it sets the membrane to 0. */
  readonly softReset: boolean
}

const neuron = {
  stateBits: 24,
  decayBits: 12,
  decayOffset: { current: 1, membrane: 0 },
  biasBits: { mantissa: 13, exponent: 3 },
  thresholdBits: 17,
  stateShift: 6,
  weightBits: 8,
  weightExponent: [-8, 7],
  fanIn: 4096,
} as const

/** Loihi: binary spikes, neurons of a fixed kind. */
export const loihi1: Chip = {
  ...neuron,
  name: 'loihi1',
  source: 'Davies et al. 2018, IEEE Micro 38(1); word lengths as in the bit-accurate models of Lava',
  spikeBits: 1,
  neuronsPerCore: 1024,
  synapseBytesPerCore: 131_072,
  cores: 128,
  delay: 62,
  softReset: false,
}

/** Loihi 2: spikes with an integer payload, programmable neurons. */
export const loihi2: Chip = {
  ...neuron,
  name: 'loihi2',
  source: 'Orchard et al. 2021 (2111.03746); word lengths as in the bit-accurate models of Lava',
  spikeBits: 24,
  neuronsPerCore: 8192,
  synapseBytesPerCore: 196_608,
  cores: 120,
  delay: 62,
  softReset: true,
}

/** The chips of this package by name. */
export const chips = { loihi1, loihi2 } as const
