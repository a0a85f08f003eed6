import { mkdir, writeFile } from 'node:fs/promises'
import { train } from '@spikeward/experiment'
import { encodeCheckpoint, snapshotOf } from '@spikeward/train'
import { type OperatorName, shownOperators } from '../src/operator/shownOperators.js'

/** Where the page finds checkpoints. */
const folder = new URL('../public/checkpoints/', import.meta.url)

/** Trains one operator as it is tuned, and writes its network with its variables. */
async function write(name: OperatorName): Promise<void> {
  const { problem } = shownOperators[name]
  const run = await train({ problem, key: 0, backend: 'native', baselines: 'none' })
  const bytes = encodeCheckpoint(await snapshotOf(run.variables, run.snapshot))
  await mkdir(folder, { recursive: true })
  await writeFile(new URL(`${name}.safetensors`, folder), bytes)
  console.log(`${name}: test relative L2 ${run.relativeL2.toFixed(4)}, ${bytes.length} bytes`)
  await run[Symbol.asyncDispose]()
}

/** Trains the operators that are named, or all. */
export async function main(names: readonly string[]): Promise<void> {
  for (const name of Object.keys(shownOperators) as OperatorName[]) {
    if (names.length === 0 || names.includes(name)) await write(name)
  }
}
