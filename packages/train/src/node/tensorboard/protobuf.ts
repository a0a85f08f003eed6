/**
 * The wire types of protocol buffers that an event needs. A field is a tag (its number and wire type), followed by its
 * bytes.
 */

const concat = (parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts)

function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let left = value
  while (left > 127) {
    bytes.push((left % 128) | 128)
    left = Math.floor(left / 128)
  }
  return Uint8Array.from([...bytes, left])
}

const tag = (field: number, wire: number): Uint8Array => varint(field * 8 + wire)

/** A whole number ≥ 0. */
export const integerField = (field: number, value: number): Uint8Array => concat([tag(field, 0), varint(value)])

/** A 64-bit floating-point number. */
export function doubleField(field: number, value: number): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return concat([tag(field, 1), bytes])
}

/** A 32-bit floating-point number. */
export function floatField(field: number, value: number): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatLE(value)
  return concat([tag(field, 5), bytes])
}

/** A message of fields, or the bytes of a text. */
export const bytesField = (field: number, ...parts: readonly Uint8Array[]): Uint8Array => {
  const body = concat(parts)
  return concat([tag(field, 2), varint(body.length), body])
}

/** A text in UTF-8. */
export const textField = (field: number, text: string): Uint8Array => bytesField(field, new TextEncoder().encode(text))
