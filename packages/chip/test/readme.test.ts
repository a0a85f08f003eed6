import { readFile, readdir } from 'node:fs/promises'
import { describe, expect, it, vi } from 'vitest'

const folder = new URL('./examples/', import.meta.url)
const files = await readdir(folder)

describe('README', () => {
  it.each(files)('shows %s as it runs', async (file) => {
    const text = await readFile(new URL(file, folder), 'utf8')
    const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
    expect(readme).toContain(`\`\`\`ts\n${text.trimEnd()}\n\`\`\``)
    const log = vi.spyOn(console, 'log').mockReturnValue()
    await import(`./examples/${file.replace(/\.ts$/, '')}.ts`)
    expect(log).toHaveBeenCalled()
    const printed = log.mock.calls.flat().flatMap((x: unknown) => (x instanceof Float32Array ? [...x] : [x]))
    log.mockRestore()
    for (const x of printed) if (typeof x === 'number') expect(Number.isFinite(x)).toBe(true)
  })
})
