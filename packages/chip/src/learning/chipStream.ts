import {
  SpikewardError,
  abs,
  add,
  cast,
  clip,
  concatenate,
  defineOptions,
  floor,
  full,
  greater,
  matmul,
  mul,
  normal,
  number,
  integer,
  key as keyOf,
  reshape,
  readOptions,
  shiftRight,
  sub,
  tensor,
  transpose,
  uniform,
  where,
  zeros,
} from '@spikeward/core'
import type { Key, OptionsOf, Tensor } from '@spikeward/core'
import type { Chip } from '../chip/chip.js'
import { saturate, scaleDown, shift, shiftLeft, stochasticShift, wrap } from '../integer/integer.js'
import { denseActivation } from '../synapse/dense.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  inputs: integer({ min: 1, required: true, help: 'numbers of a sample' }),
  outputs: integer({ min: 1, max: 32, default: 1, help: 'numbers to predict from a sample' }),
  hidden: integer({ min: 1, default: 128, help: 'recurrent neurons' }),
  rate: number({ min: 0, above: true, max: 1, required: true, help: 'learning rate, in the units of floats' }),
  /** The word of an error holds ±127 of these units: 1/2^errorBits of a standard deviation. */
  errorBits: integer({ min: 0, max: 12, default: 6, help: 'an error is sent in units of 2^−errorBits deviations' }),
  inputBits: integer({ min: 3, max: 8, default: 6, help: 'an input is sent in units of 2^−inputBits deviations' }),
  linearBits: integer({
    min: 0,
    max: 8,
    default: 5,
    help: 'a weight of the linear part is a multiple of 2^−linearBits',
  }),
  residueBits: integer({ min: 0, max: 8, default: 8, help: 'bits of an update that a synapse keeps below its weight' }),
}))

/** Options of {@link chipStream}. */
export type ChipStreamOptions = OptionsOf<typeof options>

/** Synapses, i32: the weight of 8 bits above the bits of its residue. Inputs [inputs + 1, …] end with a constant 1. */
export type ChipStreamParams = {
  readonly input: Tensor
  readonly recurrent: Tensor
  readonly readout: Tensor
  readonly linear: Tensor
}

/** Membranes, spikes i32 [1, hidden], and the decaying currents of the outputs i32 [1, outputs]. */
export type ChipStreamState = { readonly membrane: Tensor; readonly spikes: Tensor; readonly current: Tensor }

/** Traces of 7 bits and a sign: of inputs and of spikes before a synapse, and of the spikes that outputs read. */
export type ChipStreamTraces = {
  readonly input: Tensor
  readonly recurrent: Tensor
  readonly readout: Tensor
  /** Number of the sample, i32 scalar, by which random bits differ. */
  readonly count: Tensor
}

/** State and traces from sample to sample. */
export type ChipStreamCarry = { readonly state: ChipStreamState; readonly traces: ChipStreamTraces }

/** Largest trace, error and learning signal: 7 bits. */
const WORD = 127
/** Largest payload of an input, 9 bits and a sign. */
const LARGEST_INPUT = 511
/** Units of a membrane in a threshold, and of a target in a deviation, as powers of two. */
const [THRESHOLD, TARGET] = [14, 12] as const
/** Exponents of the synapses: a weight of 1 is 2^e units; a readout weight holds 1 − κ. */
const [INPUT, RECURRENT, READOUT] = [7, 9, 9] as const
/** Leak of membranes and presynaptic traces, and κ of the outputs. */
const [LEAK, READ] = [0.9, 0.8] as const
/** A trace of spikes rises by this much with each; that of inputs has this many bits less than their payload. */
const [RISE, RISE_OF_READ, COARSER] = [13, 25, 3] as const
/** Bits of a learning signal below 1 deviation. */
const SIGNAL = 10
/** Distances from the threshold, in thresholds, at which the slope 1/(1 + (πu)²) is nearer to the next power of two. */
const SLOPES = Array.from({ length: 6 }, (_, k) => Math.sqrt(2 ** (k + 0.5) - 1) / Math.PI)

/** A rate as mantissa · 2^−shift, with a mantissa of 4 bits. */
function rateWord(rate: number): { readonly mantissa: number; readonly shift: number } {
  const bits = Math.max(0, Math.min(30, 3 - Math.floor(Math.log2(rate))))
  return { mantissa: Math.max(1, Math.min(15, Math.round(rate * 2 ** bits))), shift: bits }
}

/**
 * A recurrent spiking layer beside a linear map that learns from a stream in the integers of a chip, by the rule of
 * `spikingStream` with traces `ottt` in floats. A network for `learner` of `@spikeward/train`.
 *
 * Weights w have 8 bits. Inputs x are graded spikes of 10 bits, the last of them constant; with z spikes, U = 2^12:
 *
 *     v ← saturate(r(v · 0.9 U) + Σ w x + Σ w z),   z = v > θ,  v ← v − θ/0.9 where z
 *     q ← wrap(r(q · 0.8 U) + Σ w z 2^6),   y = q + Σ w x
 *
 * Traces have 7 bits, errors 7 bits and a sign; ⌈·⌋ rounds at random, ψ is a power of two:
 *
 *     x̄ ← ⌈0.9 x̄⌋ + ⌈x/8⌋,   z̄ ← ⌈0.9 z̄⌋ + 13 z,   r̄ ← ⌈0.8 r̄⌋ + 25 z       clipped to ±127
 *     e = ⌈y − target⌋,   m = ⌈ψ(v − θ) Σ w e⌋                                  clipped to ±127
 *     Δ = ⌈rate · trace · e⌋ of the outputs, ⌈rate · trace · m⌋ of the neurons
 *
 * A synapse keeps the low bits of its updates in a residue (Loihi's tag), w = (s + 2^(residueBits−1)) >> residueBits,
 * and saturates. With residueBits 0 only random rounding keeps updates below a weight's step. Neurons receive errors
 * through synapses that are copies of the readout's: both learn by the same product.
 *
 * @throws CHIP_GRADED on a chip without payloads; CHIP_SOFT_RESET; CHIP_WIDTH if a sum of inputs could exceed 2^24;
 *   INVALID_OPTION, UNKNOWN_OPTION
 * @see Bellec et al. 2020, Nature Communications 11, 3625 (e-prop); Davies et al. 2018 (traces and tags of Loihi)
 * @example
 * const network = chipStream(loihi2, { inputs: 8, rate: 0.01 })
 * const one = await learner({ network, inputs: 1, delays: 8, horizon: 6, outputs: 1 })
 */
export function chipStream(chip: Chip, settings: ChipStreamOptions) {
  const o = readOptions('chipStream', options, settings)
  const { inputs, outputs, hidden, rate, errorBits, inputBits, linearBits, residueBits } = o
  checkChip(chip, inputs + 1)
  const residue = 2 ** residueBits
  /** Synapses whose weights, rounded, are −128 … 127. */
  const [low, high] = [-128 * residue, 127 * residue + (residue >> 1) - (residue > 1 ? 1 : 0)]
  const format = { signMode: 'mixed', bits: chip.weightBits, exponent: 0 } as const
  const decay = (share: number): number => Math.round(share * 2 ** chip.decayBits)
  const threshold = 2 ** THRESHOLD
  /** Residue steps for a product of a trace and a learning signal, in their units. */
  const stepOf = (exponent: number, units: number) => rateWord((rate * 2 ** exponent * residue) / units)
  const steps = {
    input: stepOf(INPUT, 2 ** (SIGNAL + inputBits - COARSER)),
    recurrent: stepOf(RECURRENT, 2 ** SIGNAL * RISE),
    // (1 − κ) of the weight and of the trace.
    readout: stepOf(READOUT, (2 ** errorBits * RISE_OF_READ) / (1 - READ) ** 2),
    linear: stepOf(linearBits, 2 ** (errorBits + inputBits)),
  }
  const words = (s: Tensor): Tensor => shiftRight(add(s, residue >> 1), residueBits)
  const synapses = (weights: Tensor, exponent: number): Tensor =>
    clip(cast(floor(add(mul(weights, 2 ** exponent * residue), 0.5)), 'i32'), low, high)
  const payloads = (x: Tensor): Tensor => {
    const sent = clip(cast(floor(add(mul(x, 2 ** inputBits), 0.5)), 'i32'), -LARGEST_INPUT, LARGEST_INPUT)
    return concatenate([sent, full([1, 1], 2 ** inputBits, 'i32')], 1)
  }
  const advance = (p: ChipStreamParams, { membrane, spikes, current }: ChipStreamState, x: Tensor) => {
    const driven = denseActivation(chip, format, x, words(p.input), LARGEST_INPUT)
    const back = denseActivation(chip, format, spikes, words(p.recurrent))
    const arrived = add(shift(driven, THRESHOLD - inputBits - INPUT), shift(back, THRESHOLD - RECURRENT))
    const v = saturate(add(scaleDown(membrane, decay(LEAK), chip.decayBits), arrived), chip.stateBits)
    const fires = greater(v, threshold)
    const z = cast(fires, 'i32')
    const read = shiftLeft(denseActivation(chip, format, z, words(p.readout)), chip.stateShift)
    const q = wrap(add(scaleDown(current, decay(READ), chip.decayBits), read), chip.stateBits)
    const direct = denseActivation(chip, format, x, words(p.linear), LARGEST_INPUT)
    const y = add(shift(q, TARGET - READOUT - chip.stateShift), shift(direct, TARGET - inputBits - linearBits))
    return { state: { membrane: where(fires, sub(v, Math.round(threshold / LEAK)), v), spikes: z, current: q }, v, y }
  }
  const prediction = (y: Tensor): Tensor => mul(cast(y, 'f32'), 2 ** -TARGET)
  const rest = (): ChipStreamState => {
    const silent = (): Tensor => zeros([1, hidden], 'i32')
    return { membrane: silent(), spikes: silent(), current: zeros([1, outputs], 'i32') }
  }
  const random = (x: Tensor, bits: number, key: Key): Tensor =>
    bits <= 0 ? shiftLeft(x, -bits) : stochasticShift(x, tensor(bits, { dtype: 'i32' }), key)
  const word = (x: Tensor): Tensor => clip(x, -WORD, WORD)
  /** ⌈kept · trace⌋, with a factor of 8 bits. */
  const faded = (trace: Tensor, share: number, key: Key): Tensor => random(mul(trace, Math.round(256 * share)), 8, key)
  const moved = (
    s: Tensor,
    trace: Tensor,
    signal: Tensor,
    by: { mantissa: number; shift: number },
    key: Key,
  ): Tensor => {
    const product = mul(mul(transpose(trace), signal), by.mantissa)
    return clip(sub(s, random(product, by.shift, key)), low, high)
  }
  return {
    name: 'chipStream',
    /** Random weights as those of `spikingStream`: uniform of Glorot's range, recurrent N(0, 0.3²/hidden); others 0. */
    init(key: Key): ChipStreamParams {
      const [w, v] = key.split(2) as [Key, Key]
      const reach = Math.sqrt(6 / (inputs + hidden))
      const weights = uniform(w, [inputs, hidden], { min: -reach, max: reach })
      return {
        input: synapses(concatenate([weights, zeros([1, hidden])], 0), INPUT),
        recurrent: synapses(mul(normal(v, [hidden, hidden]), 0.3 / Math.sqrt(hidden)), RECURRENT),
        readout: zeros([hidden, outputs], 'i32'),
        linear: zeros([inputs + 1, outputs], 'i32'),
      }
    },
    rest,
    /** The next state and the prediction f32 [1, outputs], from standardised inputs f32 [1, inputs]. */
    step(p: ChipStreamParams, state: ChipStreamState, x: Tensor): readonly [ChipStreamState, Tensor] {
      const next = advance(p, state, payloads(x))
      return [next.state, prediction(next.y)]
    },
    learning: {
      /** The state before the first sample. */
      init: (): ChipStreamCarry => ({
        state: rest(),
        traces: {
          input: zeros([1, inputs + 1], 'i32'),
          recurrent: zeros([1, hidden], 'i32'),
          readout: zeros([1, hidden], 'i32'),
          count: zeros([], 'i32'),
        },
      }),
      stateOf: ({ state }: ChipStreamCarry): ChipStreamState => state,
      /**
       * Predicts and learns.
       *
       * @param target standardised, f32 [1, outputs]
       * @param known how much an error counts, by its whole part: 0 where there is no target, f32 [1, outputs]
       */
      step(
        p: ChipStreamParams,
        { state, traces }: ChipStreamCarry,
        x: Tensor,
        target: Tensor,
        known: Tensor,
      ): readonly [ChipStreamParams, ChipStreamCarry, Tensor] {
        const keys = keyOf(0).fold(traces.count).split(10)
        const sent = payloads(x)
        const { state: next, v, y } = advance(p, state, sent)
        const wanted = cast(floor(add(mul(target, 2 ** TARGET), 0.5)), 'i32')
        const error = word(random(mul(sub(y, wanted), cast(known, 'i32')), TARGET - errorBits, keys[0]!))
        const before = {
          input: word(add(faded(traces.input, LEAK, keys[1]!), random(sent, COARSER, keys[2]!))),
          recurrent: word(add(faded(traces.recurrent, LEAK, keys[3]!), mul(state.spikes, RISE))),
          readout: word(add(faded(traces.readout, READ, keys[4]!), mul(next.spikes, RISE_OF_READ))),
        }
        const back = cast(matmul(cast(error, 'f32'), cast(transpose(words(p.readout)), 'f32')), 'i32')
        const distance = abs(sub(v, threshold))
        const slope = SLOPES.map((u) => cast(greater(distance, Math.round(u * threshold)), 'i32')).reduce((a, b) =>
          add(a, b),
        )
        const steep = mul(back, shiftRight(full([1, hidden], 64, 'i32'), slope))
        const signal = word(random(steep, READOUT + errorBits - SIGNAL + 6, keys[5]!))
        const learned = {
          input: moved(p.input, before.input, signal, steps.input, keys[6]!),
          recurrent: moved(p.recurrent, before.recurrent, signal, steps.recurrent, keys[7]!),
          readout: moved(p.readout, before.readout, error, steps.readout, keys[8]!),
          linear: moved(p.linear, sent, error, steps.linear, keys[9]!),
        }
        return [learned, { state: next, traces: { ...before, count: add(traces.count, 1) } }, prediction(y)]
      },
    },
    rates: ({ spikes }: ChipStreamState): readonly Tensor[] => [
      reshape(mul(1 / hidden, cast(matmul(cast(spikes, 'f32'), full([hidden, 1], 1)), 'f32')), []),
    ],
  }
}

function checkChip(chip: Chip, fanIn: number): void {
  if (chip.spikeBits < 10)
    throw new SpikewardError(
      'CHIP_GRADED',
      `spikes of ${chip.name} have no payload, but chipStream sends its inputs as payloads; choose a chip with graded spikes, such as loihi2`,
    )
  if (!chip.softReset)
    throw new SpikewardError(
      'CHIP_SOFT_RESET',
      `neurons of ${chip.name} cannot subtract a threshold; choose a chip with soft reset, such as loihi2`,
    )
  if (fanIn * LARGEST_INPUT * 2 ** (chip.weightBits - 1) >= 2 ** 24)
    throw new SpikewardError(
      'CHIP_WIDTH',
      `${fanIn - 1} inputs of up to ${LARGEST_INPUT} times weights of ${chip.weightBits} bits exceed a sum of 24 bits; read fewer numbers or fewer delays`,
    )
}
