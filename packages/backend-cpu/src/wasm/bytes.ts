/** A growing sequence of bytes, to which a WebAssembly module is written. */
export type Bytes = number[]

/** Unsigned LEB128: seven bits a byte, least significant first. */
export function pushUnsigned(to: Bytes, value: number): void {
  let rest = value >>> 0
  while (rest > 0x7f) {
    to.push((rest & 0x7f) | 0x80)
    rest >>>= 7
  }
  to.push(rest)
}

/** Signed LEB128 of a 32-bit integer. */
export function pushSigned(to: Bytes, value: number): void {
  let rest = value | 0
  for (;;) {
    const low = rest & 0x7f
    rest >>= 7
    if ((rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)) {
      to.push(low)
      return
    }
    to.push(low | 0x80)
  }
}

/** A length, then the bytes. */
export function pushSized(to: Bytes, content: readonly number[]): void {
  pushUnsigned(to, content.length)
  for (const byte of content) to.push(byte)
}

/** A name in WebAssembly's encoding: length and UTF-8. */
export const pushName = (to: Bytes, name: string): void => pushSized(to, [...new TextEncoder().encode(name)])

const scratch = new DataView(new ArrayBuffer(8))

/** The 4 little-endian bytes of a float. */
export function bytesOfF32(value: number): number[] {
  scratch.setFloat32(0, value, true)
  return [0, 1, 2, 3].map((i) => scratch.getUint8(i))
}

/** The 8 little-endian bytes of a double. */
export function bytesOfF64(value: number): number[] {
  scratch.setFloat64(0, value, true)
  return [0, 1, 2, 3, 4, 5, 6, 7].map((i) => scratch.getUint8(i))
}

/** The 4 little-endian bytes of a 32-bit integer. */
export function bytesOfI32(value: number): number[] {
  scratch.setInt32(0, value | 0, true)
  return [0, 1, 2, 3].map((i) => scratch.getUint8(i))
}
