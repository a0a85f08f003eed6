/** Declared neuron models as the neurons of a file or a chip. */
import { type Declaration, decodeOptions } from '@spikeward/core'
import { integrateAndFire, leakyIntegrateAndFire, quadraticIntegrateAndFire } from '@spikeward/neurons'
import { describe, expect, it } from 'vitest'
import { neuronFromOptions } from '../../src/mlp/neuronFromOptions.js'

type Texts = Readonly<Record<string, string>>

function described(declaration: Declaration, texts: Texts = {}) {
  const defaults = Object.entries(declaration.options).map(([name, o]) => [name, o.default] as const)
  const values = { ...Object.fromEntries(defaults), ...decodeOptions(declaration, texts) }
  return neuronFromOptions(declaration, values, (reason, option) => new Error(`${option ?? 'model'}: ${reason}`))
}

const { declaration: leaky } = leakyIntegrateAndFire

describe('the neurons of a declared model', () => {
  it('have its coefficients, and the current that stands for another rest', () => {
    const { neuron, current } = described(leaky, {
      beta: '0.75',
      decayInput: 'true',
      restMembrane: '0.5',
      threshold: '2',
    })
    expect(neuron).toMatchObject({ beta: 0.75, gain: 0.25, threshold: 2, resetMembrane: 0 })
    // β u + (1 − β) u₀ + κ x = β u + κ (x + current)
    expect(neuron.gain * current).toBeCloseTo(0.25 * 0.5, 12)
    expect(described(integrateAndFire.declaration)).toMatchObject({ neuron: { beta: 1, gain: 1 }, current: 0 })
  })

  it('are set to another membrane only by a reset that sets it', () => {
    const at = (reset: string) => described(leaky, { reset, resetMembrane: '0.2' }).neuron
    expect(at('zero')).toMatchObject({ reset: 'zero', resetMembrane: 0.2 })
    expect(at('subtract')).toMatchObject({ reset: 'subtract', resetMembrane: 0 })
    expect(at('none').reset).toBe('none')
  })

  it.each<[Declaration, Texts, string]>([
    [quadraticIntegrateAndFire.declaration, {}, 'model: the neurons are quadraticIntegrateAndFire'],
    [leaky, { resetDetached: 'false' }, 'resetDetached: derivatives flow'],
    [leaky, { decayInput: 'true', beta: '1' }, 'decayInput: the currents'],
  ])('are refused with the option that is the reason: %o %j', (declaration, texts, reason) => {
    expect(() => described(declaration, texts)).toThrow(reason)
  })

  it('are refused if an option that no description holds is not its default', () => {
    const { declaration } = leakyIntegrateAndFire
    const other = {
      ...declaration,
      options: { ...declaration.options, noise: { ...declaration.options['beta'], default: 0 } },
    }
    expect(() => described(other)).not.toThrow()
    const values = { ...Object.fromEntries(Object.entries(other.options).map(([n, o]) => [n, o.default])), noise: 0.1 }
    const cannot = (reason: string, option?: string) => new Error(`${option}: ${reason}`)
    expect(() => neuronFromOptions(other, values, cannot)).toThrow('noise: the neurons have their own noise (0.1)')
  })
})
