import { describe, expect, test } from 'vitest'
import { nearest } from '../../src/usage/usageError.js'

describe('nearest', () => {
  const names = ['mexican-hat', 'parabola', 'ripple', 'fastSigmoid', 'sigmoid']

  test('finds the name behind one letter dropped, wrong or added', () => {
    for (const name of names) {
      for (let i = 0; i < name.length; i++) {
        for (const typed of [
          name.slice(0, i) + name.slice(i + 1),
          `${name.slice(0, i)}x${name.slice(i + 1)}`,
          `${name.slice(0, i)}x${name.slice(i)}`,
        ]) {
          expect(nearest(typed, names)).toBe(name)
        }
      }
    }
  })

  test('ignores case and hyphens, and accepts the beginning of a name', () => {
    expect(nearest('MexicanHat', names)).toBe('mexican-hat')
    expect(nearest('fast-sigmoid', names)).toBe('fastSigmoid')
    expect(nearest('para', names)).toBe('parabola')
    expect(nearest('hat', names)).toBe('mexican-hat')
  })

  test('finds the same letters in another order', () => {
    expect(nearest('rgf', ['bp', 'rfg'])).toBe('rfg')
    expect(nearest('mpl', ['pinn', 'mlp'])).toBe('mlp')
  })

  test.each([
    ['random-state', 'key'],
    ['lr', 'learning-rate'],
    ['epochs', 'steps'],
    ['layers', 'hidden'],
    ['hidden-size', 'hidden'],
    ['depth', 'hidden'],
    ['batch_size', 'batch'],
    ['nb-epochs', 'steps'],
    ['num-domain', 'collocation'],
    ['save', 'out'],
    ['backprop', 'bp'],
    ['dt', 'beta'],
  ])('knows %s of other tools', (word, name) => {
    const own = ['key', 'learning-rate', 'steps', 'hidden', 'batch', 'bp', 'beta', 'collocation', 'out']
    const names = ['sees', 'eps', 'subdomains', 'waves', ...own]
    expect(nearest(word, names)).toBe(name)
  })

  test('prefers a name of its own to a word of others', () => {
    expect(nearest('layer', ['layers', 'hidden'])).toBe('layers')
    expect(nearest('backprop', ['steps', 'estimator'])).toBe('estimator')
  })

  test('suggests nothing if no name is similar', () => {
    expect(nearest('quux', names)).toBeNull()
    expect(nearest('', [])).toBeNull()
  })
})
