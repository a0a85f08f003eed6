/** The examples of the README in the root. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runExample } from '../../scripts/lib/examples.js'
import { root } from './support/markdown.js'

/** Runs an example of the README and returns the lines that it prints. */
async function printed(name: string): Promise<unknown[][]> {
  const path = join(import.meta.dirname, 'readme', `${name}.ts`)
  expect((await readFile(path, 'utf8')).trimEnd().split('\n').length).toBeLessThanOrEqual(15)
  return runExample(path, join(root, 'README.md'))
}

describe('the examples of the README', () => {
  it('train with picked packages', async () => {
    const lines = (await printed('train')) as [number, number][]
    expect(lines.length).toBe(5)
    // The mean squared error of x² on [−1, 1]: the constant mean would have 0.09.
    expect(lines.at(-1)![1]).toBeLessThan(0.01)
  })

  it('swap the backend by one value', async () => {
    const [[, a], [, b]] = (await printed('backend')) as [[string, number], [string, number]]
    expect(Math.abs(a - b)).toBeLessThan(1e-4 * Math.max(1, Math.abs(a)))
  })

  it('write an estimator and train with it', async () => {
    const [[x]] = (await printed('estimator')) as [[Float32Array]]
    for (const value of x) expect(Math.abs(value - 3)).toBeLessThan(0.5)
  })
})
