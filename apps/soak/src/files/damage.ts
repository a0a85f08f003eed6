import type { Random } from '../randomOf.js'

/** Values that are often found in place of lengths, counts and offsets. */
const NUMBERS = [0, 1, 2, 7, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff]

/**
 * A damaged copy of a file: bytes flipped, ranges erased, blocks moved or taken from another file, 32-bit numbers replaced by
 * extreme ones, the end cut off or repeated.
 */
export function damaged(seed: Uint8Array, seeds: readonly Uint8Array[], random: Random): Uint8Array {
  if (seed.length === 0) return seed
  const bytes = Uint8Array.from(seed)
  const view = new DataView(bytes.buffer)
  const times = 1 + random(4)
  for (let k = 0; k < times; k++) {
    const at = random(bytes.length)
    const length = 1 + random(64)
    const other = seeds[random(seeds.length)] ?? seed
    switch (random(7)) {
      case 0:
        bytes[at] = random(256)
        break
      case 1:
        bytes[at] = bytes[at]! ^ (1 << random(8))
        break
      case 2:
        bytes.fill(random(2) * 255, at, at + length)
        break
      case 3:
        bytes.copyWithin(at, random(bytes.length), random(bytes.length))
        break
      case 4:
        bytes.set(other.subarray(at, Math.min(at + length, bytes.length)), at)
        break
      default:
        if (at + 4 <= bytes.length) view.setUint32(at, NUMBERS[random(NUMBERS.length)]!, random(2) === 0)
    }
  }
  if (random(8) === 0) return bytes.slice(0, random(bytes.length))
  if (random(16) === 0) return Uint8Array.from([...bytes, ...bytes.subarray(random(bytes.length))])
  return bytes
}

/** A damaged text: tokens removed, repeated, exchanged, or replaced by ones that often break a parser. */
export function damagedText(seed: string, vocabulary: readonly string[], random: Random): string {
  const tokens = seed.match(/[\w.]+|\s+|[^\w\s]/g) ?? []
  const times = 1 + random(5)
  for (let k = 0; k < times; k++) {
    const at = random(tokens.length + 1)
    const word = vocabulary[random(vocabulary.length)] ?? ''
    switch (random(6)) {
      case 0:
        tokens.splice(at, 1)
        break
      case 1:
        tokens.splice(at, 0, ...tokens.slice(at, at + 1 + random(8)))
        break
      case 2:
        tokens.splice(at, 0, word.repeat(1 + (random(16) === 0 ? random(2000) : 0)))
        break
      case 3:
        tokens.splice(at, 1, word)
        break
      case 4:
        tokens.splice(at, 1, tokens[random(tokens.length)] ?? '')
        break
      default:
        tokens.splice(at, 1, String(NUMBERS[random(NUMBERS.length)]))
    }
  }
  return tokens.join('')
}
