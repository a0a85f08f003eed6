import { sha256 as hash } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'

/**
 * SHA-256 of `bytes` as 64 hexadecimal digits.
 *
 * Synchronous, and independent of the platform's own crypto: a page outside a secure context has no `crypto.subtle`, and
 * a checkpoint must be checked there as well.
 *
 * @see FIPS 180-4
 */
export const sha256 = (bytes: Uint8Array): string => bytesToHex(hash(bytes))
