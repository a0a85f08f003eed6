import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')

it('the README shows exactly what readme.test.ts runs', () => {
  const blocks = [...read('../README.md').matchAll(/```ts\n([\s\S]*?)```/g)].map((m) => m[1]!.trim())
  expect(blocks.join('\n\n')).toBe(read('./readme.test.ts').trim())
})
