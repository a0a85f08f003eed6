import { expect, it } from 'vitest'
import { decodeCheckpoint, encodeSafetensors } from '../src/index.js'
import { codeOf } from './fixtures.js'

/** A checkpoint whose metadata name a version. */
const ofVersion = (version: string): Uint8Array =>
  encodeSafetensors({
    tensors: new Map(),
    metadata: new Map(
      Object.entries({ format: 'spikeward-checkpoint', version, step: '1', seconds: '0', forwardEquivalents: '2' }),
    ),
  })

it.each([
  ['1', undefined],
  ['2', 'CHECKPOINT_NEWER'],
  ['17', 'CHECKPOINT_NEWER'],
  ['0', 'CHECKPOINT_CORRUPT'],
  ['1.5', 'CHECKPOINT_CORRUPT'],
  ['', 'CHECKPOINT_CORRUPT'],
])('version "%s" gives %s', async (version, code) => {
  expect(await codeOf(async () => decodeCheckpoint(ofVersion(version)))).toBe(code)
})

it('a later version names what to install', () => {
  expect(() => decodeCheckpoint(ofVersion('2'))).toThrow(/version 2.*npm install @spikeward\/train@latest/)
})
