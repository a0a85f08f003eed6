/**
 * A setup file of Vitest for tests that share a process: a file that leaves its environment, folder, clock or globals
 * changed fails, since the files after it would run on what it left.
 */
import { afterAll, expect } from 'vitest'
import { changesOf, tracesOf } from './tracesOf.js'

const before = tracesOf()

afterAll(() => {
  const changes = changesOf(before, tracesOf())
  expect(changes, 'restore what the file changed, or list it in isolatedTests of vitest.shared.ts').toEqual([])
})
