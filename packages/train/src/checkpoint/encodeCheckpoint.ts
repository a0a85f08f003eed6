import { SpikewardError, isRecord, parseJson } from '@spikeward/core'
import { decodeSafetensors, encodeSafetensors } from './safetensors.js'
import type { JsonRecord, Snapshot } from './snapshot.js'

const FORMAT = 'spikeward-checkpoint'
const VERSION = '1'
const numbers = ['step', 'seconds', 'forwardEquivalents'] as const

/**
 * Encodes a snapshot as a safetensors file with a checksum over the whole file. Its metadata: `format`, `version`,
 * `step`, `seconds`, `forwardEquivalents`; with `patience` also `bestStep` and `bestRelativeL2`; `model`, the JSON of
 * what rebuilds the network.
 */
export function encodeCheckpoint(snapshot: Snapshot): Uint8Array {
  const metadata = new Map([
    ['format', FORMAT],
    ['version', VERSION],
    ...numbers.map((n): [string, string] => [n, String(snapshot[n])]),
    ...(snapshot.best === undefined
      ? []
      : ([
          ['bestStep', String(snapshot.best.step)],
          ['bestRelativeL2', String(snapshot.best.relativeL2)],
        ] as const)),
    ...(snapshot.model === undefined ? [] : ([['model', JSON.stringify(snapshot.model)]] as const)),
  ])
  return encodeSafetensors({ tensors: snapshot.tensors, metadata })
}

/**
 * Decodes the bytes of a checkpoint file.
 *
 * @throws CHECKPOINT_TRUNCATED if bytes are missing; CHECKPOINT_CORRUPT if they were altered, are not a checkpoint of
 *   this library, or are of an unknown version; CHECKPOINT_NEWER if a later release wrote them
 */
export function decodeCheckpoint(bytes: Uint8Array): Snapshot {
  const { tensors, metadata } = decodeSafetensors(bytes, { checksum: 'required' })
  const version = metadata.get('version') ?? ''
  if (metadata.get('format') === FORMAT && /^[1-9]\d*$/.test(version) && Number(version) > Number(VERSION)) {
    throw new SpikewardError(
      'CHECKPOINT_NEWER',
      `a checkpoint of version ${version}, which a later release of Spikeward wrote, and this one reads version ${VERSION}; ` +
        'install that release: npm install @spikeward/train@latest',
    )
  }
  if (metadata.get('format') !== FORMAT || metadata.get('version') !== VERSION) {
    throw new SpikewardError(
      'CHECKPOINT_CORRUPT',
      `a safetensors file of format '${metadata.get('format')}' version '${metadata.get('version')}'; ` +
        `expected '${FORMAT}' version '${VERSION}'; it is not a checkpoint, or another release wrote it`,
    )
  }
  const read = (name: string): number => {
    const value = Number(metadata.get(name) ?? NaN)
    if (value >= 0) return value
    throw new SpikewardError(
      'CHECKPOINT_CORRUPT',
      `the checkpoint's ${name} is '${metadata.get(name)}'; the file was not written by this library`,
    )
  }
  const [step, seconds, forwardEquivalents] = numbers.map(read) as [number, number, number]
  const best = metadata.has('bestStep') ? { best: { step: read('bestStep'), relativeL2: read('bestRelativeL2') } } : {}
  const model = metadata.get('model')
  return {
    step,
    seconds,
    forwardEquivalents,
    tensors,
    ...best,
    ...(model === undefined ? {} : { model: modelIn(model) }),
  }
}

/** The record of a network in the metadata of a checkpoint. */
export function modelIn(text: string): JsonRecord {
  let value: unknown = null
  try {
    value = parseJson(text)
  } catch {
    // Not JSON: no record.
  }
  if (isRecord(value)) return value as JsonRecord
  throw new SpikewardError(
    'CHECKPOINT_CORRUPT',
    "the checkpoint's record of its network is not a JSON object; the file was not written by this library",
  )
}
