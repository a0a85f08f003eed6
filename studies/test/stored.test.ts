import { expect, it } from 'vitest'
import { pages } from '../src/stored.js'
import { studies } from '../src/studies.js'

it('pages show the stored results of studies, and each stored result is on a page', async () => {
  // If this fails: npm run study -- docs
  for (const { path, was, is } of await pages(studies)) expect(was, path).toBe(is)
})

it('studies have names of their own', () => {
  expect(new Set(studies.map(({ name }) => name)).size).toBe(studies.length)
})
