import { isRecord } from '@spikeward/core'
import type { Random } from '../randomOf.js'

/** Values that are often found in place of lengths, counts and offsets. */
const NUMBERS = [0, 1, 2, 7, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff]

/** One of several, chosen at random. */
export const oneOf = <T>(random: Random, all: readonly T[]): T => all[random(all.length)]!

/** A record without one of its entries. */
export const without = <T>(record: Readonly<Record<string, T>>, name: string): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries(record).filter(([other]) => other !== name))

/**
 * A damaged copy of a file: bytes flipped, ranges erased, blocks moved or taken from another file, 32-bit numbers
 * replaced by extreme ones, the end cut off or repeated.
 */
export function damaged(seed: Uint8Array, seeds: readonly Uint8Array[], random: Random): Uint8Array {
  if (seed.length === 0) return seed
  const bytes = Uint8Array.from(seed)
  const view = new DataView(bytes.buffer)
  for (let times = 1 + random(4); times > 0; times--) {
    const at = random(bytes.length)
    const length = 1 + random(64)
    const extreme = (): void => {
      if (at + 4 <= bytes.length) view.setUint32(at, oneOf(random, NUMBERS), random(2) === 0)
    }
    oneOf(random, [
      () => bytes.set([random(256)], at),
      () => bytes.set([bytes[at]! ^ (1 << random(8))], at),
      () => bytes.fill(random(2) * 255, at, at + length),
      () => bytes.copyWithin(at, random(bytes.length), random(bytes.length)),
      () => bytes.set(oneOf(random, seeds).subarray(at, Math.min(at + length, bytes.length)), at),
      extreme,
      extreme,
    ])()
  }
  if (random(8) === 0) return bytes.slice(0, random(bytes.length))
  if (random(16) === 0) return Uint8Array.from([...bytes, ...bytes.subarray(random(bytes.length))])
  return bytes
}

/** A damaged text: tokens removed, repeated, exchanged, or replaced by ones that often break a parser. */
export function damagedText(seed: string, vocabulary: readonly string[], random: Random): string {
  const tokens = seed.match(/[\w.]+|\s+|[^\w\s]/g) ?? []
  for (let times = 1 + random(5); times > 0; times--) {
    const at = random(tokens.length + 1)
    const word = vocabulary[random(vocabulary.length)] ?? ''
    oneOf(random, [
      () => tokens.splice(at, 1),
      () => tokens.splice(at, 0, ...tokens.slice(at, at + 1 + random(8))),
      () => tokens.splice(at, 0, word.repeat(1 + (random(16) === 0 ? random(2000) : 0))),
      () => tokens.splice(at, 1, word),
      () => tokens.splice(at, 1, tokens[random(tokens.length)] ?? ''),
      () => tokens.splice(at, 1, String(oneOf(random, NUMBERS))),
    ])()
  }
  return tokens.join('')
}

/** A damaged record as of JSON: one of its parts replaced by another value, removed, repeated, or damaged as a text. */
export function damagedRecord(
  part: unknown,
  values: readonly unknown[],
  words: readonly string[],
  random: Random,
): unknown {
  const inner = (one: unknown): unknown => damagedRecord(one, values, words, random)
  const deeper = random(4) > 0
  if (Array.isArray(part) && part.length > 0 && deeper) {
    const at = random(part.length)
    if (random(8) === 0) return [...(part as unknown[]), part[at]]
    return part.map((one: unknown, i) => (i === at ? inner(one) : one))
  }
  if (isRecord(part) && deeper) {
    const names = Object.keys(part)
    if (names.length === 0) return oneOf(random, values)
    const name = oneOf(random, names)
    return random(8) === 0 ? without(part, name) : { ...part, [name]: inner(part[name]) }
  }
  if (typeof part === 'string' && random(2) === 0) return damagedText(part, words, random)
  return oneOf(random, values)
}
