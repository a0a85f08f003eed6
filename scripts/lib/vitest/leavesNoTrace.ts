/**
 * A setup file of Vitest for tests that share a process: a file that leaves its environment, folder, clock or globals
 * changed fails, since the files after it would run on what it left.
 */
import { statSync } from 'node:fs'
import { afterAll, expect } from 'vitest'
import { changesOf, tracesOf } from './tracesOf.js'

const before = tracesOf()

// In Node 20, after a `stat` of a pipe, the next package that is imported through a link is loaded from the path of the
// link: a second copy (https://github.com/nodejs/node/issues/51142). A `stat` of a folder ends that, and this file runs
// before each file of tests.
statSync('.')

afterAll(() => {
  const changes = changesOf(before, tracesOf())
  expect(changes, 'restore what the file changed, or list it in isolatedTests of vitest.shared.ts').toEqual([])
})
