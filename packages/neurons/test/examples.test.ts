import { describe, expect, it } from 'vitest'
import * as core from '@spikeward/core'
import { disagreement, documented, examplesOf } from '../../../scripts/test/docstrings.ts'
import * as neurons from '../src/index.js'

const all = documented(new URL('../src/', import.meta.url))
const examples = all.flatMap((one) => examplesOf(one).map((example) => ({ ...one, example })))

describe('examples', () => {
  it('every model, surrogate, encoder, readout and convention has one', () => {
    const without = all
      .filter(({ file, name }) => /^(models|surrogates|encoders|readouts)\/|^conventions/.test(file) && name in neurons)
      .filter(({ text }) => !text.includes('@example'))
    expect(without.map(({ name }) => name)).toEqual([])
  })

  it.each(examples.map((e) => [`${e.file} ${e.name}`, e] as const))('%s', async (_title, { example }) => {
    expect(await disagreement(example, { ...core, ...neurons })).toBe('')
  })
})
