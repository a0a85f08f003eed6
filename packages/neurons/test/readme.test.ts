import { readFileSync } from 'node:fs'
import { expect, it, vi } from 'vitest'

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')

it('README: the example is the file that runs here, and prints what it says', async () => {
  const readme = read('../README.md')
  expect(readme).toContain(`\`\`\`ts\n${read('./readme/example.ts')}\`\`\``)
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  await import('./readme/example.js')
  const printed = log.mock.calls.flat() as Float32Array[]
  log.mockRestore()
  const [value, slope] = printed.map((t) => [...t].map((v) => v.toFixed(4)).join(' '))
  expect(readme).toContain(`rate  ${value}`)
  expect(readme).toContain(`slope ${slope}`)
})
