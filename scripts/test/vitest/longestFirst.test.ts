import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import type { TestSpecification, Vitest } from 'vitest/node'
import { root } from '../../lib/setup.mjs'
import { LongestFirst } from '../../lib/vitest/longestFirst.js'

afterEach(() => void vi.unstubAllEnvs())

/** Milliseconds of files of earlier runs. The last one failed, and the first two are listed as the longest. */
const durations = {
  'docs/test/site.test.ts': 1,
  'apps/demo/test/site.test.ts': 1,
  'a.test.ts': 10,
  'b.test.ts': 30,
  'c.test.ts': 20,
}

/** The order of these files, which were given in another order. */
async function order(): Promise<readonly string[]> {
  const config = { isolate: true, sequence: { groupOrder: 0 } }
  const files = Object.keys(durations)
    .sort()
    .map((file) => ({ moduleId: join(root, file), project: { name: 'isolated', config } }))
  const resultOf = (key: string): object => ({
    duration: durations[key.slice('isolated:'.length) as keyof typeof durations],
    failed: key.endsWith('c.test.ts'),
  })
  const vitest = { config: { root }, cache: { getFileTestResults: resultOf, getFileStats: () => undefined } }
  const sorted = await new LongestFirst(vitest as unknown as Vitest).sort(files as unknown as TestSpecification[])
  return sorted.map(({ moduleId }) => moduleId.slice(root.length).replace(/^\//, ''))
}

const listed = ['docs/test/site.test.ts', 'apps/demo/test/site.test.ts']

test('listed files begin first, then those that failed, then the longest', async () => {
  vi.stubEnv('TEST_DEADLINE', undefined)
  expect(await order()).toEqual([...listed, 'c.test.ts', 'b.test.ts', 'a.test.ts'])
})

test('with a deadline, the order is reversed for files that are not listed too', async () => {
  vi.stubEnv('TEST_DEADLINE', '1')
  expect(await order()).toEqual(['a.test.ts', 'b.test.ts', 'c.test.ts', ...[...listed].reverse()])
})
