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
