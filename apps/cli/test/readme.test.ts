import { readFile } from 'node:fs/promises'
import { describe, expect, it, vi } from 'vitest'

const root = new URL('../../../', import.meta.url)

/** Runs an example of the README and gives the lines that it prints. */
async function printed(name: string): Promise<unknown[][]> {
  const text = await readFile(new URL(`./readme/${name}.ts`, import.meta.url), 'utf8')
  const readme = await readFile(new URL('README.md', root), 'utf8')
  expect(readme).toContain(`\`\`\`ts\n${text.trimEnd()}\n\`\`\``)
  expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(15)
  const log = vi.spyOn(console, 'log').mockReturnValue()
  await import(`./readme/${name}.ts`)
  const lines = log.mock.calls.map((args): unknown[] => [...(args as unknown[])])
  log.mockRestore()
  return lines
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
