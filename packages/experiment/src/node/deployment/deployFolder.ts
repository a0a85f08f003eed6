/** The folder that `deploy` writes. */
import { join } from 'node:path'
import { type Backend, SpikewardError, type Tensor, reshape, slice, tensor } from '@spikeward/core'
import { type ChipNetwork, type ChipStepper, runChip, runStepper } from '@spikeward/chip'
import { makeFolder, sha256Of, writeWhole } from '@spikeward/core/node'

/** Names of the files of a deployment. */
export const deployFiles = {
  nir: 'network.nir',
  integers: 'integers.json',
  golden: 'golden.json',
  report: 'report.md',
  /** Of an operator, whose branch and trunk are folders: what the host does with their outputs. */
  product: 'product.json',
} as const

/** Lists instead of typed arrays, for JSON. */
const listed = (_: string, value: unknown): unknown =>
  value instanceof Int32Array || value instanceof Float32Array || value instanceof Float64Array ? [...value] : value

/** The most time steps of a replay, and the most updates of neurons and synapses: about a minute each. */
const [MAX_STEPS, MAX_UPDATES] = [1_000_000, 2e10]

/**
 * Refuses a replay that would take unreasonably long.
 *
 * @throws DEPLOYMENT_TOO_LONG
 */
export function checkLength({ time, layers }: ChipNetwork, inputs: number): void {
  const updates =
    inputs * time * layers.reduce((sum, l) => sum + l.neurons * (l.weights === null ? 1 : 1 + l.inputs), 0)
  if (time <= MAX_STEPS && updates <= MAX_UPDATES) return
  throw new SpikewardError(
    'DEPLOYMENT_TOO_LONG',
    `${inputs} golden inputs take ${time} time steps with ${updates} updates of neurons and synapses, and a replay has at most ${MAX_STEPS} and ${MAX_UPDATES}; deploy a network with fewer time steps or neurons`,
  )
}

/** Writes the files of a deployment's folder whole, one after another. */
async function writeFiles(
  folder: string,
  nir: Uint8Array,
  network: ChipNetwork | ChipStepper,
  inputs:
    | { readonly inputs: readonly (readonly number[])[] }
    | { readonly field: readonly number[]; readonly steps: number },
  outputs: readonly Tensor[],
): Promise<readonly string[]> {
  const counts = await Promise.all(outputs.map(async (t) => Array.from(await t.data(), Number)))
  const format = 'time' in network ? 'spikeward-chip-network' : 'spikeward-chip-stepper'
  const integers = `${JSON.stringify({ format, version: 1, ...network, chip: network.chip.name }, listed)}\n`
  const golden = { ...inputs, counts, integersSha256: sha256Of([integers]), nirSha256: sha256Of([nir]) }
  await makeFolder(folder)
  await writeWhole(join(folder, deployFiles.nir), nir)
  await writeWhole(join(folder, deployFiles.integers), integers)
  const sealed = { ...golden, sha256: sha256Of([JSON.stringify(golden)]) }
  await writeWhole(join(folder, deployFiles.golden), `${JSON.stringify(sealed)}\n`)
  return [deployFiles.nir, deployFiles.integers, deployFiles.golden]
}

/** Writes a network, with the spike counts of golden inputs. */
export function writeDeployment(
  folder: string,
  network: ChipNetwork,
  files: { readonly nir: Uint8Array; readonly inputs: readonly Float64Array[] },
  backend: Backend,
): Promise<readonly string[]> {
  const inputs = files.inputs.map((x) => Array.from(x))
  return writeFiles(folder, files.nir, network, { inputs }, runChip(network, inputs, backend))
}

/** Messages of each step by layer, and the last field, of one field of words. */
export function stepperCounts(
  network: ChipStepper,
  field: readonly number[],
  steps: number,
  backend?: Backend,
): readonly Tensor[] {
  const { cells, layers } = network
  const updates = steps * field.length * layers.reduce((n, { weights }) => n + weights.length, 0)
  if (steps > MAX_STEPS || updates > MAX_UPDATES)
    throw new SpikewardError(
      'DEPLOYMENT_TOO_LONG',
      `a replay of ${steps} steps takes ${updates} products, and it has at most ${MAX_STEPS} and ${MAX_UPDATES}; deploy a network with fewer channels or a smaller grid`,
    )
  const shape = [1, ...cells, layers[0]!.inputs]
  const u = tensor(Int32Array.from(field), { shape, dtype: 'i32', ...(backend === undefined ? {} : { backend }) })
  const { fields, messages } = runStepper(network, u, steps, backend)
  const last = slice(fields, [steps - 1, ...shape.map(() => 0)], [steps, ...shape])
  return [...messages, reshape(last, [-1])]
}

/** The most steps of a golden field. */
const GOLDEN_STEPS = 8

/** Writes a time-stepper, with the run of one field. */
export function writeStepper(
  folder: string,
  network: ChipStepper,
  run: { readonly nir: Uint8Array; readonly field: Int32Array; readonly steps: number },
  backend: Backend,
): Promise<readonly string[]> {
  const [field, steps] = [Array.from(run.field), Math.min(run.steps, GOLDEN_STEPS)]
  return writeFiles(folder, run.nir, network, { field, steps }, stepperCounts(network, field, steps, backend))
}
