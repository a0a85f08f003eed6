/**
 * A thread that generates damaged files by key and number, and reads them. It reports its position in shared memory.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { mix, randomOf } from '../randomOf.js'
import { processorSeconds } from '../processorSeconds.js'
import { chosenFormat, readOne } from './readOne.js'
import { nirFormatNames, nirFormats } from './nirGraphs.js'
import { nirSeeds } from './nirSeeds.js'
import type { FileWorkerData, Reading, Request } from './messages.js'

const { root, folder, key, names, place } = workerData as FileWorkerData
const where = new Int32Array(place)
// Threads that read NIR files are often replaced, and start sooner without the other readers.
const onlyNir = names.every((name) => nirFormatNames.includes(name))
const all = onlyNir
  ? nirFormats(await nirSeeds(root, folder))
  : await (await import('./formats.js')).formatsOf(root, folder)
const formats = all.filter((f) => names.includes(f.name))

async function readMany({ from, count }: Request): Promise<Reading> {
  const endings: Record<string, number> = {}
  const faults: { index: number; format: string; what: string; bytes: Uint8Array }[] = []
  for (let index = from; index < from + count; index++) {
    Atomics.store(where, 0, index)
    const random = randomOf(mix(key, index))
    const format = chosenFormat(formats, random)
    const bytes = format.make(random)
    const used = process.cpuUsage()
    const { ending, fault } = await readOne(format, bytes)
    const seconds = processorSeconds(used)
    const late = seconds > format.seconds ? `it took ${seconds.toFixed(1)} s of processor time` : null
    const name = `${format.name}: ${ending}`
    endings[name] = (endings[name] ?? 0) + 1
    const what = fault ?? late
    if (what !== null) faults.push({ index, format: format.name, what, bytes })
    if (ending === 'NIR_LIBRARY_FAILED') return { next: index + 1, endings, faults, spent: true }
  }
  return { next: from + count, endings, faults, spent: false }
}

parentPort?.on('message', (request: Request) => void readMany(request).then((r) => parentPort?.postMessage(r)))
parentPort?.postMessage('ready')
