import { defineFactory, defineOptions, integer, number, type OptionsOf } from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import { declarationChecks, describeDeclaration, failuresOf } from '../src/index.js'

const options = defineOptions(() => ({
  count: integer({ min: 1, max: 8, default: 2, help: 'how many' }),
  rate: number({ min: 0, above: true, default: 0.1, help: 'how fast', code: 'WRONG_RATE' }),
}))
const summary = 'something to test'
const sound = defineFactory(
  { kind: 'problem', name: 'sound', summary, options },
  (read) =>
    (settings: OptionsOf<typeof options> = {}) =>
      read(settings),
)
describeDeclaration(sound)

const scaled = defineFactory(
  {
    kind: 'problem',
    name: 'scaled',
    summary,
    arguments: { scale: number({ required: true, help: 'scale of all' }) },
    options,
  },
  (read) =>
    (scale: number, settings: OptionsOf<typeof options> = {}) =>
      read(settings, { scale }),
)
describeDeclaration(scaled, { given: { scale: 2 } })

describe('a factory that violates its declaration', () => {
  const names = async (factory: Parameters<typeof describeDeclaration>[0]): Promise<string> =>
    [...(await failuresOf(declarationChecks(), factory)).keys()].join('\n')

  it('has no help', async () => {
    const silent = defineFactory(
      { kind: 'problem', name: 'silent', summary: 'Ends with a full stop.', options },
      (read) =>
        (settings: OptionsOf<typeof options> = {}) =>
          read(settings),
    )
    expect(await names(silent)).toContain('one line of help')
  })

  it('ignores what it is given', async () => {
    const careless = defineFactory({ kind: 'problem', name: 'careless', summary, options }, () => () => ({}))
    expect(await names(careless)).toMatch(/unknown option(.|\n)*outside their range/)
  })

  it('has a default that it refuses', async () => {
    const wrong = defineOptions(() => ({ count: integer({ min: 1, default: 0, help: 'how many' }) }))
    const factory = defineFactory(
      { kind: 'problem', name: 'wrong', summary, options: wrong },
      (read) =>
        (settings: OptionsOf<typeof wrong> = {}) =>
          read(settings),
    )
    expect(await names(factory)).toContain('its defaults pass their own checks')
  })
})
