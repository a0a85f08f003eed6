/** A thread that generates damaged files by key and number, reads them, and tells how each ended. */
import { parentPort, workerData } from 'node:worker_threads'
import { mix, randomOf } from '../randomOf.js'
import { oneOf } from './damage.js'
import { BROKEN, readOne } from './format.js'
import { nirFormatNames, nirFormats, nirSeeds } from './nir.js'
import { type Numbers, type Reading, processorSeconds } from './readingThread.js'

/** The start data of the thread: the formats that it reads, and a folder where it may write. */
export type FileWorkerData = {
  readonly root: string
  readonly folder: string
  readonly key: number
  readonly names: readonly string[]
}

const { root, folder, key, names } = workerData as FileWorkerData
// Threads that read NIR files are often replaced, and start sooner without the other readers.
const onlyNir = names.every((name) => nirFormatNames.includes(name))
const all = onlyNir ? nirFormats(nirSeeds(root)) : (await import('./formats.js')).formatsOf(root, folder)
const formats = all.filter((f) => names.includes(f.name))

async function readAll({ from, end }: Numbers): Promise<void> {
  for (let number = from; number < end; number++) {
    const random = randomOf(mix(key, number))
    const format = oneOf(random, formats)
    const bytes = format.make(random)
    const used = process.cpuUsage()
    const { ending, fault } = await readOne(format, bytes)
    const seconds = processorSeconds(used)
    const late = seconds > format.seconds ? `it took ${seconds.toFixed(1)} s of processor time` : null
    const what = fault ?? late
    const reading: Reading = { number, format: format.name, ending, what, ...(what === null ? {} : { bytes }) }
    parentPort?.postMessage(reading)
    if (ending === BROKEN) return
  }
}

parentPort?.on('message', (numbers: Numbers) => void readAll(numbers))
parentPort?.postMessage('ready')
