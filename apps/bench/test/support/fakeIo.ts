import { expect } from 'vitest'
import type { Io } from '../../src/io.js'
import { runBench } from '../../src/program.js'

/** Runs a command line in this process and records its output. */
export async function bench(...args: readonly string[]) {
  let out = ''
  let err = ''
  const io: Io = { out: (t) => (out += t), err: (t) => (err += t) }
  const code = await runBench(args, io)
  return { code, out, err }
}

/** Runs a command, which must succeed, and returns the JSON object that it prints. */
export async function benchJson(...args: readonly string[]): Promise<unknown> {
  const { code, out, err } = await bench(...args)
  expect(code, err).toBe(0)
  return JSON.parse(out.trim().split('\n').at(-1)!)
}
