import { Worker } from 'node:worker_threads'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SpikewardError } from '@spikeward/core'
import { readNirFile } from '@spikeward/nir/node'
import { oneOf } from '../files/damage.js'
import type { FileWorkerData } from '../files/fileWorker.js'
import type { Format } from '../files/format.js'
import { formatsOf } from '../files/formats.js'
import { nirFormatNames } from '../files/nir.js'
import { type Reading, readingThread } from '../files/readingThread.js'
import { mix, randomOf } from '../randomOf.js'
import type { Context, Finding, Part } from './part.js'

/** The formats that a part reads, and the number of files in a round. */
type Reads = { readonly reads: (format: Format) => boolean; readonly perRound: number }

/** Seconds of work without progress after which a thread counts as stalled, unless its format says another number. */
const STALLED = 30

/** Seconds that `readNirFile` gets for a file that ended or stalled its thread. */
const AGAIN = 0.5

async function startReader({ root, folder, key }: Context, formats: readonly Format[]): Promise<Worker> {
  const workerData: FileWorkerData = { root, folder, key, names: formats.map(({ name }) => name) }
  // Suppresses the messages of the HDF5 library.
  const worker = new Worker(new URL('files/fileWorker.js', import.meta.url), { workerData, stdout: true, stderr: true })
  await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
  return worker
}

/**
 * A file that ended or stalled its thread. The HDF5 library may do so on a NIR file that is read in this thread: the
 * reader for untrusted files must then give an error with a code.
 */
async function judgeLost(format: Format, bytes: Uint8Array, folder: string): Promise<string | null> {
  if (format.name !== 'nir') return 'it ended or stalled its thread'
  const path = join(folder, 'lost.nir')
  await writeFile(path, bytes)
  const error: unknown = await readNirFile(path, { seconds: AGAIN }).catch((e: unknown) => e)
  return error instanceof SpikewardError ? null : `readNirFile gave ${String(error)}`
}

/** A part that reads damaged files: each reader answers in time, with content or with an error that has a code. */
const filesPart = (part: Omit<Part, 'open'>, { reads, perRound }: Reads): Part => ({
  ...part,
  async open(context) {
    const { key, root, folder } = context
    const formats = formatsOf(root, folder).filter(reads)
    const formatOf = (number: number): Format => oneOf(randomOf(mix(key, number)), formats)
    const thread = await readingThread(
      () => startReader(context, formats),
      (number) => formatOf(number).stalled ?? STALLED,
    )
    return {
      async round(index) {
        const counts: Record<string, number> = {}
        const findings: Finding[] = []
        const take = ({ number, format, ending, what, bytes }: Reading): void => {
          const name = `${format}: ${ending}`
          counts[name] = (counts[name] ?? 0) + 1
          if (what === null) return
          findings.push({ what, how: { format, key, number }, bytes: Buffer.from(bytes ?? []).toString('base64') })
        }
        await thread.read(
          { from: index * perRound, end: (index + 1) * perRound },
          {
            reading: take,
            async lost(number) {
              const random = randomOf(mix(key, number))
              const format = oneOf(random, formats)
              const bytes = format.make(random)
              const what = await judgeLost(format, bytes, folder)
              take({ number, format: format.name, ending: 'ended its thread', what, bytes })
            },
          },
        )
        return { tries: perRound, found: findings, counts }
      },
      close: () => thread.close(),
    }
  },
})

/** Files and texts of every format with a fast reader. */
export const files = filesPart(
  { name: 'files', unit: 'damaged files and texts read', target: 1_000_000 },
  { reads: (f) => f.hdf5 !== true, perRound: 1000 },
)

/** HDF5, MAT 7.3 and NIR, which a library reads. */
export const hdf5Files = filesPart(
  { name: 'hdf5Files', unit: 'damaged files of the HDF5 library: HDF5, MAT 7.3, NIR', target: 30_000 },
  { reads: (f) => f.hdf5 === true, perRound: 100 },
)

/** Damaged NIR files, and graphs that are damaged before they are written: cycles, dangling edges, absurd shapes. */
export const nir = filesPart(
  { name: 'nir', unit: 'damaged NIR files and graphs read', target: 100_000 },
  { reads: (f) => nirFormatNames.includes(f.name), perRound: 100 },
)
