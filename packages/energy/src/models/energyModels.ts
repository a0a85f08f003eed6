import type { EnergyModel, Price } from './energyModel.js'

const horowitz = 'M. Horowitz, Computing’s energy problem (and what we can do about it), ISSCC 2014, 45 nm, 0.9 V'

/** A word of 32 bits in a memory of 8 KB (10 pJ for 64 bits) and of 1 MB (100 pJ). */
const [small, large] = [5, 50]
const memory: Price = [small, large]

/**
 * 45 nm CMOS in 32-bit floats. The low end reads each weight once per product from 8 KB; the high end reads it for
 * every effective term from 1 MB. Functions are assumed to take 4 to 20 multiply–adds, and a random word 36 to 72
 * integer operations of 0.1 pJ.
 */
export const horowitz45: EnergyModel = {
  name: 'horowitz45',
  summary: '45 nm CMOS, 32-bit floats, memories of 8 KB to 1 MB on the chip',
  source: horowitz,
  picojoules: {
    acs: [0.9, 0.9],
    macs: [4.6, 4.6],
    multiplications: [3.7, 3.7],
    additions: [0.9, 0.9],
    functions: [4 * 4.6, 20 * 4.6],
    random: [3.6, 7.2],
    weightReads: [small, 0],
    weightReadsByEvent: [0, large],
    weightWrites: memory,
    stateReads: memory,
    stateWrites: memory,
    sequenceReads: memory,
    sequenceWrites: memory,
  },
  included: ['dense', 'decisions', 'spikes', 'silent'],
}

/** As {@link horowitz45} with 8-bit weights and sums; states stay words of 32 bits. */
export const horowitz45Int8: EnergyModel = {
  name: 'horowitz45-int8',
  summary: '45 nm CMOS, 8-bit integers, states of 32 bits, memories of 8 KB to 1 MB on the chip',
  source: horowitz,
  picojoules: {
    ...horowitz45.picojoules,
    acs: [0.03, 0.03],
    macs: [0.23, 0.23],
    multiplications: [0.2, 0.2],
    additions: [0.03, 0.1],
    functions: [4 * 0.23, 20 * 0.23],
    weightReads: [small / 4, 0],
    weightReadsByEvent: [0, large / 4],
    weightWrites: [small / 4, large / 4],
  },
  included: horowitz45.included,
}

/**
 * Loihi. The energy of a neuron update contains its state's memory, that of a synaptic operation its weight's. The chip
 * has no multiplications of real numbers: they are uncovered, because a host would compute them.
 */
export const loihi1Energy: EnergyModel = {
  name: 'loihi1',
  summary: 'Loihi, simulated, 14 nm, 0.75 V',
  source: 'M. Davies et al., Loihi: a neuromorphic manycore processor with on-chip learning, IEEE Micro 38(1), 2018',
  picojoules: { acs: [23.6, 23.6], spikes: [81, 81], silent: [52, 52], weightWrites: [120, 120] },
  included: ['dense', 'decisions', 'weightReads', 'weightReadsByEvent', 'stateReads', 'stateWrites'],
}

/** The models of this package by name. */
export const energyModels = {
  horowitz45,
  'horowitz45-int8': horowitz45Int8,
  loihi1: loihi1Energy,
} as const
