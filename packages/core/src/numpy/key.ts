import { aval } from '../tensor/aval.js'
import type { Backend } from '../backend/backend.js'
import { upload } from '../tensor/deviceTensor.js'
import { SpikewardError } from '../errors.js'
import { hostBackend } from '../backend/execute.js'
import { broadcast } from '../primitives/broadcast.js'
import { reshape } from '../primitives/reshape.js'
import { iotaOf } from '../primitives/iota.js'
import { cast } from '../primitives/pointwise/cast.js'
import { literal } from '../primitives/pointwise/pointwise.js'
import { threefry } from '../primitives/pointwise/threefry.js'
import { concatenatePrimitive, sliceOf } from '../primitives/views.js'
import { bind } from '../interpreters/currentInterpreter.js'
import { type Tensor, LiteralTensor } from '../tensor/tensor.js'

/**
 * The source of randomness: two 32-bit words, without hidden state. A key gives the same numbers on every backend and
 * in every order. Use a key once; `split` and `fold` make new keys.
 */
export class Key {
  /** u32[2]. */
  constructor(readonly words: Tensor) {}

  /** `n` keys, independent of each other and of this one. */
  split(n: number): Key[] {
    if (!Number.isInteger(n) || n < 1)
      throw new SpikewardError(
        'INVALID_ARGUMENT',
        `key.split(${n}): the number of keys must be a whole number of at least 1`,
      )
    return Array.from({ length: n }, (_, i) => derive(this, new LiteralTensor(aval([], 'u32'), i), 0x5be0cd19))
  }

  /**
   * The key of the i-th step, layer or direction. `i` is an integer below 2³², or a tensor (a counter inside `jit`).
   */
  fold(i: Tensor | number): Key {
    const counter = typeof i === 'number' ? new LiteralTensor(aval([], 'u32'), i >>> 0) : cast(i, 'u32')
    return derive(this, counter, 0x1f83d9ab)
  }
}

/** The two words of a key, as scalars. */
export function wordsOf(key: Key): [Tensor, Tensor] {
  const word = (i: number): Tensor => reshape(sliceOf(key.words, { starts: [i], steps: [1], lengths: [1] }), [])
  return [word(0), word(1)]
}

/**
 * A new key: the cipher of a counter in a domain. Split and fold have separate domains, and random bits have domain 0,
 * so that none of them share a counter.
 */
function derive(key: Key, counter: Tensor, domain: number): Key {
  const [k0, k1] = wordsOf(key)
  const words = threefry(k0, k1, counter, literal(counter, domain))
  return new Key(
    bind(
      concatenatePrimitive,
      words.map((w) => broadcast(reshape(w, [1]), [1], [0])),
      { axis: 0 },
    )[0]!,
  )
}

/**
 * Makes a key from a whole number.
 *
 * @param n whole number from 0 to 2⁵³ − 1
 * @param options.backend backend of the key and of the numbers drawn from it; default: the host, from which it is
 *   copied to the backend of other operands
 * @example const [a, b] = key(0).split(2)
 */
export function key(n: number, options: { backend?: Backend } = {}): Key {
  if (!Number.isSafeInteger(n) || n < 0)
    throw new SpikewardError('INVALID_ARGUMENT', `key(${n}): the number must be whole, from 0 to 2^53 - 1`)
  const words = Uint32Array.of(Math.floor(n / 2 ** 32), n >>> 0)
  return new Key(upload(aval([2], 'u32'), options.backend ?? hostBackend(), words))
}

/** Two random words for every element of `shape`: counter (element, 0) under the key. */
export function randomWords(key: Key, shape: readonly number[]): readonly [Tensor, Tensor] {
  const [k0, k1] = wordsOf(key).map((w) => broadcast(w, shape, []))
  let step = 1
  const steps = new Array<number>(shape.length)
  for (let a = shape.length - 1; a >= 0; a--) {
    steps[a] = step
    step *= shape[a]!
  }
  const counter = iotaOf(shape, 'u32', steps)
  return threefry(k0!, k1!, counter, literal(counter, 0))
}
