import type { Io } from '../src/io.js'
import { runBench } from '../src/program.js'

/** Runs a command line in this process and records its output. */
export async function bench(...args: readonly string[]) {
  let out = ''
  let err = ''
  const io: Io = { out: (t) => (out += t), err: (t) => (err += t) }
  const code = await runBench(args, io)
  return { code, out, err }
}
