/**
 * A setup file of Vitest for tests that share a process: a file that leaves its environment, folder, clock or globals
 * changed fails, since the files after it would run on what it left.
 */
import { statSync } from 'node:fs'
import { afterAll, expect } from 'vitest'
import { changesOf, tracesOf } from './tracesOf.js'

const before = tracesOf()

// After a look at a pipe, Node 20 takes the link to the next package for its place, and loads a second copy of it
// (https://github.com/nodejs/node/issues/51142). A look at a folder ends that, and this file runs before each file of tests.
statSync('.')

afterAll(() => {
  const changes = changesOf(before, tracesOf())
  expect(changes, 'restore what the file changed, or list it in isolatedTests of vitest.shared.ts').toEqual([])
})
