/** The help of a declared flag is correct for every factory that accepts the flag. */
import { type Option, describeOption, integer, number } from '@spikeward/core'
import { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { type Factory, factories, flagKinds, flagOf, flagOptions, tunedFlags } from '@spikeward/experiment'
import { addDeclaredFlags } from '../../src/commands/options/declaredFlags.js'
import { flagHelp } from '../../src/commands/options/flagHelp.js'

const command = new Command()
addDeclaredFlags(command, [])
const helps = new Map(
  command.options.filter((flag) => !flag.negate).map((flag) => [flag.attributeName(), flag.description]),
)

const cases = flagKinds.flatMap((kind) =>
  Object.entries<Factory>(factories[kind]).flatMap(([name, factory]) =>
    flagOptions(factory)
      .filter(([, { type }]) => type.parse !== null)
      .map(([option, declared]): readonly [string, string, Option] => [name, option, declared]),
  ),
)

/** Parts of a help: one for each meaning, and in each one for each default. */
const statements = (help: string): readonly string[] => help.split('; or ')

describe('the help of declared flags', () => {
  test.each(cases)('of %s states its %s', (_, option, declared) => {
    const { help, expects, default: value } = describeOption(option, declared)
    const stated = statements(helps.get(flagOf(option)) ?? '').find((s) => s.startsWith(`${help}: ${expects}; `))
    expect(stated).toContain(value === null ? 'required' : `${value} by default`)
  })

  test('tells factories of one flag apart by meaning, values and default', () => {
    const size = (value: number): Option => number({ min: 0, default: value, help: 'size' })
    const all = [
      { option: size(1), of: 'a' },
      { option: integer({ min: 1, default: 3, help: 'count' }), of: 'b' },
      { option: size(2), of: 'c' },
      { option: size(1), of: 'd' },
    ]
    expect(flagHelp(all, false)).toBe(
      'size: a finite number of at least 0; 1 by default (a, d), 2 by default (c); or count: a whole number of at least 1; 3 by default (b)',
    )
    expect(flagHelp(all, true)).toMatch(/the value tuned for the problem comes before the default$/)
  })

  test('points to tuned values where problems have some', () => {
    expect([...tunedFlags()].sort()).toEqual([
      'adapt',
      'below',
      'beta',
      'channels',
      'code',
      'components',
      'directions',
      'even',
      'gain',
      'layers',
      'neighbours',
      'precision',
      'projection',
      'reset',
    ])
    for (const [flag, help] of helps) expect(help.includes('tuned for the problem')).toBe(tunedFlags().has(flag))
  })
})
