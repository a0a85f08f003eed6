import { Worker } from 'node:worker_threads'
import { readNirFile } from '@spikeward/nir/node'
import { SpikewardError } from '@spikeward/core'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Format } from '../files/format.js'
import { formatsOf } from '../files/formats.js'
import { chosenFormat } from '../files/readOne.js'
import { nirFormatNames } from '../files/nirGraphs.js'
import type { FileWorkerData } from '../files/messages.js'
import { mix, randomOf } from '../randomOf.js'
import type { Random } from '../randomOf.js'
import type { Context, Found, Outcome, Part } from './part.js'
import { readEach, readingThread } from './readingThread.js'
import type { Reader } from './readingThread.js'

/** The formats that a part reads, and the number of files in a round. */
type Reads = { readonly reads: (format: Format) => boolean; readonly perRound: number }

/** Seconds of work without progress after which a thread counts as stalled, unless its format says another number. */
const STALLED = 30

/** Seconds that `readNirFile` gets for a file that ended or stalled its thread. */
const AGAIN = 0.5

async function startReader({ root, folder, key }: Context, formats: readonly Format[]): Promise<Reader> {
  const place = new SharedArrayBuffer(4)
  const names = formats.map(({ name }) => name)
  const workerData: FileWorkerData = { root, folder, key, names, place }
  // Suppresses the messages of the HDF5 library.
  const worker = new Worker(new URL('files/fileWorker.js', import.meta.url), { workerData, stdout: true, stderr: true })
  await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
  return { worker, where: new Int32Array(place) }
}

/**
 * A file that ended or stalled its thread. The HDF5 library may do so on a NIR file that is read in this thread: the
 * reader for untrusted files must then give an error with a code.
 */
async function judgeLost(format: Format, bytes: Uint8Array, folder: string): Promise<string | null> {
  if (format.name !== 'nir') return 'it ended or stalled its thread'
  const path = join(folder, 'lost.nir')
  await writeFile(path, bytes)
  const error: unknown = await readNirFile(path, { seconds: AGAIN }).then(
    () => null,
    (e: unknown) => e,
  )
  return error instanceof SpikewardError ? null : `readNirFile gave ${String(error)}`
}

/** A part that reads damaged files: each reader answers in time, with content or with an error that has a code. */
const filesPart = (part: Omit<Part, 'open'>, { reads, perRound }: Reads): Part => ({
  ...part,
  async open(context) {
    const formats = (await formatsOf(context.root, context.folder)).filter(reads)
    const fileOf = (number: number): { format: Format; random: Random } => {
      const random = randomOf(mix(context.key, number))
      return { format: chosenFormat(formats, random), random }
    }
    const thread = await readingThread(
      () => startReader(context, formats),
      (number) => fileOf(number).format.stalled ?? STALLED,
    )
    return {
      async round(index) {
        const counts: Record<string, number> = {}
        const found: Found[] = []
        const report = (number: number, format: string, what: string, bytes: Uint8Array): void =>
          void found.push({
            what,
            how: { format, key: context.key, number },
            bytes: Buffer.from(bytes).toString('base64'),
          })
        const count = (name: string, n: number): void => void (counts[name] = (counts[name] ?? 0) + n)
        await readEach(
          thread,
          { from: index * perRound, end: (index + 1) * perRound },
          {
            reading({ endings, faults }) {
              for (const [name, n] of Object.entries(endings)) count(name, n)
              for (const f of faults) report(f.index, f.format, f.what, f.bytes)
            },
            async lost(number) {
              const { format, random } = fileOf(number)
              const bytes = format.make(random)
              const what = await judgeLost(format, bytes, context.folder)
              if (what !== null) report(number, format.name, what, bytes)
              count(`${format.name}: ended its thread`, 1)
            },
          },
        )
        return { tries: perRound, found, counts } satisfies Outcome
      },
      close: () => thread.close(),
    }
  },
})

/** Files and texts of every format with a fast reader. */
export const files = filesPart(
  { name: 'files', unit: 'damaged files and texts read', target: 1_000_000 },
  { reads: (f) => !f.hdf5, perRound: 1000 },
)

/** HDF5, MAT 7.3 and NIR, which a library reads. */
export const hdf5Files = filesPart(
  { name: 'hdf5Files', unit: 'damaged files of the HDF5 library: HDF5, MAT 7.3, NIR', target: 30_000 },
  { reads: (f) => f.hdf5, perRound: 100 },
)

/** Damaged NIR files, and graphs that are damaged before they are written: cycles, dangling edges, absurd shapes. */
export const nir = filesPart(
  { name: 'nir', unit: 'damaged NIR files and graphs read', target: 100_000 },
  { reads: (f) => nirFormatNames.includes(f.name), perRound: 100 },
)
