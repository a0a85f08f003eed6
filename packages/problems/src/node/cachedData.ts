import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SpikewardError } from '@spikeward/core'
import { cacheFolder, makeFolder, sha256Of, writeWhole } from '@spikeward/core/node'
import type { OperatorData, OperatorProblem } from '@spikeward/core'
import { countOf } from '../geometry/coordinates.js'
import { encodeNpy, parseNpy } from './files/npy.js'
import { encodeZip, readZip } from './files/zip.js'

/**
 * The default folder of data sets: $XDG_CACHE_HOME/spikeward/data, or ~/.cache/spikeward/data.
 *
 * @throws CACHE_FOLDER if the user has neither
 */
export const defaultCacheFolder = (): string => join(cacheFolder(), 'data')

/** Options of {@link cachedData}. */
export type CacheOptions = {
  /** Default {@link defaultCacheFolder}. */
  readonly folder?: string
  /** Called with the path of a damaged file before it is replaced. */
  readonly onDamaged?: (path: string) => void
}

/**
 * The same problem with data that are generated once and then read from a file.
 *
 * A set is stored as `<name>-<split>-<hash>.npz` (which NumPy reads). The hash is the SHA-256 of everything that the
 * data depend on: definition, solver, grid, sizes and key. Another key or grid gives another file. A file is written
 * atomically; a damaged one, by checksum or size, is generated again. A problem without a generator is returned
 * unchanged.
 *
 * @throws DATA_CACHE if the folder cannot be written
 * @example const { values } = await cachedData(burgers()).data('train', { onProgress: ({ done, total }) => show(done / total) })
 */
export function cachedData(problem: OperatorProblem, options: CacheOptions = {}): OperatorProblem {
  const { generator, sizes, sensors } = problem
  if (!generator) return problem
  const folder = options.folder ?? defaultCacheFolder()
  const known = new Map<string, Promise<OperatorData>>()
  const load = async (...[split, range]: Parameters<OperatorProblem['data']>): Promise<OperatorData> => {
    const signature = JSON.stringify({ split, problem: generator.signature })
    const hash = sha256Of([signature]).slice(0, 16)
    const path = join(folder, `${problem.name}-${split}-${hash}.npz`)
    const total = sizes[split]
    const shape = { sensors: total * sensors.count, values: total * countOf(problem.at) * problem.outputs }
    const kept = await readKept(path, signature)
    if (
      kept !== null &&
      kept !== 'damaged' &&
      kept.sensors.length === shape.sensors &&
      kept.values.length === shape.values
    ) {
      range?.onProgress?.({ split, done: total, total })
      return { count: total, ...kept }
    }
    if (kept !== null) options.onDamaged?.(path)
    await makeFolder(folder).catch(unwritable(folder))
    const data = await problem.data(split, range)
    const array = (values: Float64Array): Uint8Array =>
      encodeNpy({ shape: [total, values.length / total], data: values })
    const entries = new Map([
      ['sensors.npy', array(data.sensors)],
      ['values.npy', array(data.values)],
      ['signature.json', new TextEncoder().encode(signature)],
    ])
    await writeWhole(path, await encodeZip(entries)).catch(unwritable(path))
    return data
  }
  return {
    ...problem,
    data(split, range) {
      const before = known.get(split)
      if (before) return before
      const made = load(split, range)
      known.set(split, made)
      made.catch(() => known.delete(split))
      return made
    },
  }
}

const unwritable =
  (path: string) =>
  (cause: Error): never => {
    const { code, message } = (cause.cause ?? cause) as NodeJS.ErrnoException
    throw new SpikewardError(
      'DATA_CACHE',
      `${path} cannot be written: ${code ?? message}; generated data are cached there; choose another folder`,
      { cause },
    )
  }

/** The arrays of a stored set; null if there is none. */
async function readKept(
  path: string,
  signature: string,
): Promise<{ sensors: Float64Array; values: Float64Array } | 'damaged' | null> {
  const bytes = await readFile(path).catch(() => null)
  if (bytes === null) return null
  try {
    const entries = await readZip(bytes, path)
    const entry = (name: string): Promise<Uint8Array> => entries.get(name)!.read()
    if (new TextDecoder().decode(await entry('signature.json')) !== signature) return 'damaged'
    const array = async (name: string): Promise<Float64Array> => parseNpy(await entry(name), path).data
    return { sensors: await array('sensors.npy'), values: await array('values.npy') }
  } catch {
    return 'damaged'
  }
}
