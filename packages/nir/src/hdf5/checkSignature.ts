import { SpikewardError } from '@spikeward/core'

/** The first eight bytes of an HDF5 file. */
const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]

/** The signature may follow a block of the user, which has 512 bytes or twice, four times, … as many. */
const FIRST_BLOCK = 512

/**
 * Refuses bytes that are no HDF5 file at all, such as an array or a text.
 *
 * @throws NIR_MALFORMED
 */
export function checkSignature(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at = at === 0 ? FIRST_BLOCK : 2 * at)
    if (SIGNATURE.every((byte, i) => bytes[at + i] === byte)) return
  throw new SpikewardError(
    'NIR_MALFORMED',
    'the file is not a NIR file: NIR files are HDF5, and it has no signature of HDF5; name a file that a tool wrote as NIR',
  )
}
