/**
 * The examples of the packages' READMEs are the files under test/examples. The test runs them and compares their output
 * with their comments.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { freePort } from '../../packages/queue/test/server.js'
import { difference, promisesOf, runExample } from '../lib/examples.js'
import { root } from '../lib/setup.mjs'

const packages = join(root, 'packages')
const examples = readdirSync(packages).flatMap((name) => {
  const folder = join(packages, name, 'test', 'examples')
  return existsSync(folder) ? readdirSync(folder).map((file) => ({ name, file, path: join(folder, file) })) : []
})

/** A server that an example starts has a port of its own. */
beforeEach(async () => void vi.stubEnv('PORT', String(await freePort())))
afterEach(() => void vi.unstubAllEnvs())

it('no example names a port that another program may have', () => {
  for (const { path } of examples) {
    const text = readFileSync(path, 'utf8')
    expect(/spawn|listen/.test(text) && !text.includes("process.env['PORT']"), path).toBe(false)
  }
})

it('there are some', () => {
  expect(examples.length).toBeGreaterThan(20)
})

it.for(examples)('README of $name shows $file as it runs', async ({ name, path }, context) => {
  const calls = await runExample(path, join(packages, name, 'README.md')).catch((error: unknown) => {
    // No class of core is imported: core's own examples load its sources, all others its bundle.
    if (error instanceof Error && error.constructor.name === 'UnavailableError') context.skip(error.message)
    // The program that an example starts, such as a server, is not installed.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') context.skip(error.message)
    throw error
  })
  expect(calls.length).toBeGreaterThan(0)
  for (const x of calls.flat()) {
    if (typeof x === 'number') expect(Number.isFinite(x)).toBe(true)
    if (x instanceof Float32Array) expect(x.every(Number.isFinite)).toBe(true)
  }
  const promises = promisesOf(readFileSync(path, 'utf8'))
  // A line in a loop prints more than once: its comment is only for the reader.
  if (calls.length !== promises.length) return
  for (const [i, comment] of promises.entries()) if (comment !== null) expect(difference(comment, calls[i]!)).toBe(null)
})

it.each([
  ['[0, 1]', [Float32Array.of(0, 1)], true],
  ['[0, 1]', [Float32Array.of(0, 1, 2)], false],
  ['[0, 1]', [Float32Array.of(0, 2)], false],
  ['0.31', [0.3149], true],
  ['0.31', [0.316], false],
  ['1: exact', ['cosine', 1], true],
  ['20 2 1', [20, 2, 1], true],
  ['420 = 20 functions of 21 points', [420], true],
  ['close to 3', [7], true],
] as const)('// %s after %j: %s', (comment, printed, same) => {
  expect(difference(comment, printed) === null).toBe(same)
})

it('finds the comment of each line', () => {
  expect(promisesOf('console.log(f(1)) // 2\nx()\nconsole.log(a)')).toEqual(['2', null])
})
