import { SpikewardError } from '@spikeward/core'
import { decodeSafetensors, encodeSafetensors } from './safetensors.js'
import type { Snapshot } from './snapshot.js'

const FORMAT = 'spikeward-checkpoint'
const VERSION = '1'
const numbers = ['step', 'seconds', 'forwardEquivalents'] as const

/**
 * A snapshot as the bytes of a safetensors file with a checksum over the whole file. Its metadata: `format`, `version`, `step`,
 * `seconds`, `forwardEquivalents`.
 */
export function encodeCheckpoint(snapshot: Snapshot): Uint8Array {
  const metadata = new Map([
    ['format', FORMAT],
    ['version', VERSION],
    ...numbers.map((n): [string, string] => [n, String(snapshot[n])]),
  ])
  return encodeSafetensors({ tensors: snapshot.tensors, metadata })
}

/**
 * The snapshot in the bytes of a checkpoint file.
 *
 * @throws CHECKPOINT_TRUNCATED if bytes are missing; CHECKPOINT_CORRUPT if they were altered, are not a checkpoint of this library, or
 *   have an unknown version
 */
export function decodeCheckpoint(bytes: Uint8Array): Snapshot {
  const { tensors, metadata } = decodeSafetensors(bytes, { checksum: 'required' })
  if (metadata.get('format') !== FORMAT || metadata.get('version') !== VERSION) {
    throw new SpikewardError(
      'CHECKPOINT_CORRUPT',
      `a safetensors file of format '${metadata.get('format')}' version '${metadata.get('version')}'; ` +
        `expected '${FORMAT}' version '${VERSION}'; it is no checkpoint, or a checkpoint of another release`,
    )
  }
  const [step, seconds, forwardEquivalents] = numbers.map((n) => {
    const value = Number(metadata.get(n) ?? NaN)
    if (!(value >= 0))
      throw new SpikewardError(
        'CHECKPOINT_CORRUPT',
        `the checkpoint's ${n} is '${metadata.get(n)}'; the file was not written by this library`,
      )
    return value
  }) as [number, number, number]
  return { step, seconds, forwardEquivalents, tensors }
}
