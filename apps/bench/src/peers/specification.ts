import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type StepSettings, adamSettings, sharpnessOf } from '../step/stepSettings.js'
import type { NamedTensor } from '../step/shareStep.js'

/**
 * Writes the data that a peer needs to take the same step: a JSON file with the settings, and next to it one file of
 * all tensors, little-endian f32, one after another. Returns the folder and the path of the JSON file. `extra`
 * is added to the settings.
 */
export async function writeSpecification(
  settings: StepSettings,
  threads: number,
  tensors: readonly NamedTensor[],
  extra: Readonly<Record<string, unknown>> = {},
): Promise<{ readonly folder: string; readonly path: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'spikeward-bench-'))
  const file = join(folder, 'tensors.f32')
  const entries: Record<string, { offset: number; shape: readonly number[] }> = {}
  const bytes = new Uint8Array(tensors.reduce((n, { values }) => n + values.byteLength, 0))
  let offset = 0
  for (const { name, shape, values } of tensors) {
    entries[name] = { offset, shape }
    const view = new DataView(bytes.buffer, 4 * offset, values.byteLength)
    values.forEach((v, i) => view.setFloat32(4 * i, v, true))
    offset += values.length
  }
  await writeFile(file, bytes)
  const path = join(folder, 'step.json')
  const specification = {
    ...settings,
    threads,
    neuron: { beta: settings.beta, threshold: 1, reset: 'subtract', delayed: true, detached: true, inclusive: false },
    surrogate: { name: settings.surrogate, alpha: sharpnessOf(settings.surrogate) },
    optimizer: adamSettings,
    tensors: { file, entries },
    ...extra,
  }
  await writeFile(path, JSON.stringify(specification))
  return { folder, path }
}
