import { expect, test } from 'vitest'
import { reachedFrom } from './support/reachedFrom.js'

test('a page loads the main entry: no module of Node is reached', async () => {
  const { inputs, errors } = await reachedFrom('index.ts')
  expect(errors).toBe('')
  expect(inputs.some((path) => path.endsWith('experiment/src/host/page.ts'))).toBe(true)
  expect(inputs.filter((path) => /experiment\/src\/node(\/|\.ts)|backend-native|\/src\/node/.test(path))).toEqual([])
})

test('the entry of Node is not for pages', async () => {
  const { errors } = await reachedFrom('node.ts')
  expect(errors).toContain('Could not resolve "node:')
})
