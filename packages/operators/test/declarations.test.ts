import { describeFactory, isDeclared } from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import * as operators from '../src/index.js'
import { codeOf, smooth } from './operatorFixtures.js'

const declared = Object.values(operators).filter((value) => isDeclared(value))

describe('declarations', () => {
  it('cover networks, ways to differentiate, solvers and wrappers with options', () => {
    const kinds = declared.map((d) => d.declaration.kind)
    expect([...new Set(kinds)].sort()).toEqual(['derivative', 'network', 'solver', 'wrapper'])
  })

  it.each(declared.map((d) => [d.declaration.name, d] as const))(
    '%s has the name of its export and help for each option',
    (name, d) => {
      expect(operators[name as keyof typeof operators]).toBe(d)
      const { summary, options } = describeFactory(d.declaration)
      expect(summary).toMatch(/^[^.]{5,120}$/)
      for (const option of options) expect(option.help).toMatch(/^[^.]{3,120}/)
    },
  )

  it('reject options that a network or its block does not have', () => {
    const options = { axes: 1, block: smooth(4) }
    expect(codeOf(() => operators.pinn({ ...options, sensors: 3 } as operators.PinnOptions))).toBe('UNKNOWN_OPTION')
    const block = { ...smooth(4), time: 3 } as operators.BlockOptions
    expect(codeOf(() => operators.pinn({ axes: 1, block }))).toBe('UNKNOWN_OPTION')
  })

  it('reject values outside their range, and say what to give', () => {
    const wrong = (): unknown => operators.pinn({ axes: 0, block: smooth(4) })
    expect(wrong).toThrow('pinn: axes is 0; it must be a whole number of at least 1; give such a value')
    expect(codeOf(wrong)).toBe('INVALID_OPTION')
    expect(codeOf(() => operators.pinn({ axes: 2, block: smooth(4), domain: [[0, 1]] }))).toBe('INVALID_OPTION')
    expect(codeOf(() => operators.pinn({ axes: 1, block: smooth(4), domain: [[1, 0]] }))).toBe('INVALID_OPTION')
  })
})
