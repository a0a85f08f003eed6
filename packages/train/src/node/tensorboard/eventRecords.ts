/** CRC-32C (Castagnoli, RFC 3720), reflected, by a table of 256 entries. */
const table = /* @__PURE__ */ Uint32Array.from({ length: 256 }, (_, i) => {
  let c = i
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0x82f6_3b78 : c >>> 1
  return c
})

/** CRC-32C of bytes. */
export function crc32c(bytes: Uint8Array): number {
  let c = 0xffff_ffff
  for (const byte of bytes) c = (c >>> 8) ^ table[(c ^ byte) & 0xff]!
  return (c ^ 0xffff_ffff) >>> 0
}

/**
 * The checksum of a TFRecord: CRC-32C rotated right by 15 bits plus a constant, because the CRC of data that embed
 * their own CRC is degenerate.
 */
export function maskedCrc(bytes: Uint8Array): number {
  const c = crc32c(bytes)
  return (((c >>> 15) | (c << 17)) + 0xa282_ead8) >>> 0
}

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
const integerField = (field: number, value: number): Uint8Array => concat([tag(field, 0), varint(value)])

/** A 64-bit floating-point number. */
function doubleField(field: number, value: number): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return concat([tag(field, 1), bytes])
}

/** A 32-bit floating-point number. */
function floatField(field: number, value: number): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatLE(value)
  return concat([tag(field, 5), bytes])
}

/** A message of fields, or the bytes of a text. */
const bytesField = (field: number, ...parts: readonly Uint8Array[]): Uint8Array => {
  const body = concat(parts)
  return concat([tag(field, 2), varint(body.length), body])
}

/** A text in UTF-8. */
const textField = (field: number, text: string): Uint8Array => bytesField(field, new TextEncoder().encode(text))

/** A TFRecord: length [8 bytes], its masked checksum [4], the data, their masked checksum [4], little endian. */
function recordOf(data: Uint8Array): Uint8Array {
  const head = Buffer.alloc(12)
  head.writeBigUInt64LE(BigInt(data.length))
  head.writeUInt32LE(maskedCrc(head.subarray(0, 8)), 8)
  const foot = Buffer.alloc(4)
  foot.writeUInt32LE(maskedCrc(data))
  return Buffer.concat([head, data, foot])
}

/** Event { double wall_time = 1; int64 step = 2; oneof what } of tensorflow/core/util/event.proto. */
const eventOf = (wallTime: number, step: number, what: Uint8Array): Uint8Array =>
  recordOf(Buffer.concat([doubleField(1, wallTime), ...(step === 0 ? [] : [integerField(2, step)]), what]))

/** The first record of every event file: string file_version = 3. */
export const versionRecord = (wallTime: number): Uint8Array => eventOf(wallTime, 0, textField(3, 'brain.Event:2'))

/**
 * SessionLog { status = START } = 7: the run restarts at `step`, so that TensorBoard drops the values of this step and
 * of later ones in earlier files of the folder. The reader in its server does so from the second such record of a
 * folder on.
 */
export const restartRecord = (wallTime: number, step: number): Uint8Array =>
  eventOf(wallTime, step, bytesField(7, integerField(1, 1)))

/** Named numbers at one step. */
export type Scalars = Readonly<Record<string, number>>

/** Summary = 5 { repeated Value value = 1 { string tag = 1; float simple_value = 2 } }. */
export const scalarsRecord = (wallTime: number, step: number, scalars: Scalars): Uint8Array =>
  eventOf(
    wallTime,
    step,
    bytesField(
      5,
      ...Object.entries(scalars).map(([name, value]) => bytesField(1, textField(1, name), floatField(2, value))),
    ),
  )
