/**
 * Reads damaged NIR files: bytes flipped, ranges erased, files cut, blocks copied. Counts how each read ended.
 *
 *     node packages/nir/scripts/fuzz.mjs --files 100000 --key 1
 *
 * A file on which the HDF5 library loops or aborts ends its worker; the next file gets a new one. A file whose read ended in an error
 * without a code is kept in the folder for temporary files, and the exit status is 1. Needs a build (`npx turbo run build --filter=@spikeward/nir`).
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Worker, isMainThread, parentPort } from 'node:worker_threads'

const folder = new URL('../test/fixtures/', import.meta.url)

async function serve() {
  const { readNir } = await import('@spikeward/nir')
  // The library is loaded before the clock of the first file runs.
  await readNir(readFileSync(new URL('affine-lif.nir', folder)))
  parentPort?.postMessage('ready')
  parentPort?.on('message', (/** @type {Uint8Array} */ bytes) => {
    void readNir(bytes)
      .then(
        () => 'read',
        (error) => (error?.name === 'SpikewardError' ? error.code : `UNCODED ${String(error).slice(0, 100)}`),
      )
      .then((outcome) => parentPort?.postMessage(outcome))
  })
}

async function main() {
  const { values } = parseArgs({
    options: {
      files: { type: 'string', default: '1000' },
      key: { type: 'string', default: '1' },
      seconds: { type: 'string', default: '2' },
    },
  })
  const seeds = readdirSync(folder)
    .filter((name) => name.endsWith('.nir'))
    .map((name) => readFileSync(new URL(name, folder)))
  const random = generator(Number(values.key))
  /** @type {Record<string, number>} */
  const counts = {}
  let worker = await start()
  for (let i = 0; i < Number(values.files); i++) {
    const bytes = damaged(seeds[random(seeds.length)], seeds, random)
    const outcome = await read(worker, bytes, Number(values.seconds))
    if (outcome === 'ended' || outcome === 'looped') {
      await worker.terminate()
      worker = await start()
    }
    counts[outcome] = (counts[outcome] ?? 0) + 1
    if (outcome.startsWith('UNCODED')) writeFileSync(join(tmpdir(), `nir-fuzz-${values.key}-${i}.nir`), bytes)
  }
  await worker.terminate()
  console.log(JSON.stringify({ files: Number(values.files), key: Number(values.key), counts }))
  if (Object.keys(counts).some((outcome) => outcome.startsWith('UNCODED'))) process.exitCode = 1
}

/** @returns {Promise<Worker>} a worker that has loaded the library */
function start() {
  const worker = new Worker(new URL(import.meta.url), { stdout: true, stderr: true })
  return new Promise((resolve) => worker.once('message', () => resolve(worker)))
}

/**
 * @param {Worker} worker
 * @param {Uint8Array} bytes
 * @param {number} seconds
 * @returns {Promise<string>}
 */
function read(worker, bytes, seconds) {
  return new Promise((resolve) => {
    const done = (/** @type {string} */ outcome) => {
      clearTimeout(timer)
      for (const [event, listener] of listeners) worker.off(event, listener)
      resolve(outcome)
    }
    const ended = () => done('ended')
    /** @type {[string, (...args: never[]) => void][]} */
    const listeners = [
      ['message', done],
      ['error', ended],
      ['exit', ended],
    ]
    const timer = setTimeout(() => done('looped'), 1000 * seconds)
    for (const [event, listener] of listeners) worker.on(event, listener)
    worker.postMessage(bytes)
  })
}

/**
 * Whole numbers below n, by a multiplicative generator: the same files for the same key.
 *
 * @param {number} key
 */
function generator(key) {
  let state = (key * 2654435761 + 1) >>> 0
  return (/** @type {number} */ n) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0
    return Math.floor((((state ^ (state >>> 13)) >>> 0) / 2 ** 32) * n)
  }
}

/**
 * @param {Uint8Array} seed
 * @param {readonly Uint8Array[]} seeds
 * @param {(n: number) => number} random
 */
function damaged(seed, seeds, random) {
  const bytes = Uint8Array.from(seed)
  const times = 1 + random(4)
  for (let k = 0; k < times; k++) {
    const at = random(bytes.length)
    const length = 1 + random(64)
    const kind = random(5)
    if (kind <= 1) bytes[at] = random(256)
    else if (kind === 2) bytes.fill(random(2) * 255, at, at + length)
    else if (kind === 3) bytes.copyWithin(at, random(bytes.length), random(bytes.length))
    else bytes.set(seeds[random(seeds.length)].subarray(at, at + length), Math.min(at, bytes.length - length))
  }
  return random(8) === 0 ? bytes.slice(0, random(bytes.length)) : bytes
}

if (isMainThread) await main()
else await serve()
