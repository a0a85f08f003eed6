import { abs, add, greaterEqual, notEqual, relu, scan, shiftRight, sub, where, zeros } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import type { Chip } from '../chip/chip.js'
import { checkWord, shiftLeft } from '../integer/integer.js'

/** Parameters of a layer of sigma–delta or delta units, in the chip's words (floats for a model in floats). */
export interface SigmaDeltaParameters {
  /** Threshold θ of a message, above 0, of each unit or of all. */
  readonly vth: Tensor | number
  /** Bias b of each unit, or of all; delta units have none. */
  readonly bias: Tensor | number
  /** φ: the identity (`unit`) or the rectifier. */
  readonly activation: 'unit' | 'relu'
  /** `sigmaDelta` adds up the messages that it receives; `delta` encodes its input as it is. */
  readonly unit: 'sigmaDelta' | 'delta'
  /** Whether the errors of all silent steps add up until a message is sent, or only the present one counts. */
  readonly cumulativeError: boolean
  /** Left shift of a message's payload: θ and b are in units of 2^(spikeExp + stateExp). */
  readonly spikeExp: number
  /** Left shift of the state against the message. */
  readonly stateExp: number
  /**
   * The resolution of the residue: that of the `state`, as in Lava, where a message loses its low `stateExp` bits for
   * good; or that of the `message`, where the next message makes up for them.
   */
  readonly residueIn: 'state' | 'message'
}

/** State of a layer: σ, the last φ(σ + b), the residue and the added error, each i32 (or a float type) of one shape. */
export type SigmaDeltaWords = {
  readonly sigma: Tensor
  readonly value: Tensor
  readonly residue: Tensor
  readonly error: Tensor
}

/** Bits of a message and of a state together; an i32 holds them with a sign. */
const largestShift = (chip: Chip): number => chip.stateBits - 1

/**
 * Checks parameters against the chip's words: exponents from 0, and a threshold of all units that fits the state after
 * its shift.
 *
 * @throws CHIP_RANGE
 */
export function checkSigmaDelta(chip: Chip, p: SigmaDeltaParameters): void {
  checkWord('spikeExp', p.spikeExp, 0, largestShift(chip), chip.name)
  checkWord('stateExp', p.stateExp, 0, largestShift(chip) - p.spikeExp, chip.name)
  if (typeof p.vth === 'number')
    checkWord('vth', p.vth, 1, 2 ** (largestShift(chip) - p.spikeExp - p.stateExp) - 1, chip.name)
}

/** A state of 0. */
export function sigmaDeltaRest(shape: readonly number[], dtype: 'i32' | 'f32' | 'f64' = 'i32'): SigmaDeltaWords {
  const rest = (): Tensor => zeros([...shape], dtype)
  return { sigma: rest(), value: rest(), residue: rest(), error: rest() }
}

/**
 * One step of a layer of sigma–delta units, which send the change of their value when it exceeds a threshold. With
 * E = spikeExp + stateExp:
 *
 *     σ ← σ + a,   y = φ(σ + b 2^E)           sigmaDelta;   y = a 2^E   delta
 *     δ = y − y_old + r,   e ← e + δ          or e = δ without cumulativeError
 *     m = δ if |e| ≥ θ 2^E, else 0;   e ← 0 where m ≠ 0
 *     r ← δ − m;   y_old ← y;   send ⌊m / 2^stateExp⌋
 *
 * With the residue in the message's resolution e = δ, and y_old and r = δ − 2^stateExp ⌊m / 2^stateExp⌋ change where a
 * message is sent: 2^stateExp times the sum of all messages differs from y by less than the threshold.
 *
 * @param input a, the sum of the messages received, of the state's shape and element type
 * @see Lava's sigma–delta process models, with which every integer agrees
 */
export function sigmaDeltaStep(
  p: SigmaDeltaParameters,
  { sigma, value, residue, error }: SigmaDeltaWords,
  input: Tensor,
): { readonly state: SigmaDeltaWords; readonly sent: Tensor } {
  const exponent = p.spikeExp + p.stateExp
  const scaled = (x: Tensor | number): Tensor | number =>
    typeof x === 'number' ? x * 2 ** exponent : shiftLeft(x, exponent)
  const integrates = p.unit === 'sigmaDelta'
  const total = integrates ? add(sigma, input) : sigma
  const drive = integrates ? add(total, scaled(p.bias)) : shiftLeft(input, exponent)
  const next = integrates && p.activation === 'relu' ? relu(drive) : drive
  const change = add(sub(next, value), residue)
  const added = p.cumulativeError && p.residueIn === 'state' ? add(error, change) : change
  const message = where(greaterEqual(abs(added), scaled(p.vth)), change, 0)
  const sends = notEqual(message, 0)
  const sent = p.stateExp === 0 ? message : shiftRight(message, p.stateExp)
  const rest = sub(change, p.residueIn === 'state' ? message : shiftLeft(sent, p.stateExp))
  const memory =
    p.residueIn === 'state'
      ? { value: next, residue: rest }
      : { value: where(sends, next, value), residue: where(sends, rest, residue) }
  return { state: { sigma: total, ...memory, error: where(sends, 0, added) }, sent }
}

/** The result of {@link runSigmaDelta}, each [time, …]. */
export type SigmaDeltaTrace = { readonly sent: Tensor; readonly sigma: Tensor; readonly residue: Tensor }

/**
 * A layer of sigma–delta or delta units through time, as one kernel.
 *
 * @param input i32 [time, …]: the sum of the messages received at each step; f32 or f64 for a model in floats
 * @throws CHIP_RANGE if a parameter in integers does not fit the chip's words
 * @example
 * const units = { vth: 4, bias: 0, activation: 'relu', unit: 'sigmaDelta', cumulativeError: false, spikeExp: 0, stateExp: 0, residueIn: 'state' } as const
 * const { sent } = runSigmaDelta(loihi2, units, tensor([[3], [3], [0], [-9]], { dtype: 'i32' }))
 * await sent.data() // [0, 6, 0, -6]
 */
export function runSigmaDelta(chip: Chip, p: SigmaDeltaParameters, input: Tensor): SigmaDeltaTrace {
  if (input.dtype === 'i32') checkSigmaDelta(chip, p)
  const [, trace] = scan(
    (state: SigmaDeltaWords, a: Tensor): [SigmaDeltaWords, SigmaDeltaTrace] => {
      const { state: next, sent } = sigmaDeltaStep(p, state, a)
      return [next, { sent, sigma: next.sigma, residue: next.residue }]
    },
    sigmaDeltaRest(input.shape.slice(1), input.dtype as 'i32' | 'f32' | 'f64'),
    input,
  )
  return trace
}
