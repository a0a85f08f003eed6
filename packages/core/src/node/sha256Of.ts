import { createHash } from 'node:crypto'

/**
 * SHA-256 of texts (in UTF-8) and bytes one after the other, as 64 hexadecimal digits.
 *
 * @see FIPS 180-4
 * @example sha256Of([JSON.stringify(settings)]).slice(0, 16)
 */
export function sha256Of(parts: Iterable<string | Uint8Array>): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}
