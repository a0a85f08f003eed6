/**
 * The protocol of the JavaScript peers: the specification, the line that reports that they are ready, and requests on
 * standard input.
 */
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { withBackoff } from './gpu.mjs'

/** The arguments of the process: the path of the specification, and `step` or `train`. */
const [, , path, task] = process.argv

export const spec = JSON.parse(readFileSync(path, 'utf8'))
const raw = readFileSync(spec.tensors.file)

/** Numbers and shape of a tensor of the specification. */
export function host(name) {
  const { offset, shape } = spec.tensors.entries[name]
  const size = shape.reduce((a, b) => a * b, 1)
  return { shape, values: new Float32Array(raw.buffer, raw.byteOffset + 4 * offset, size).slice() }
}

const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`)

/** Reports why this peer does not take part, and exits. */
export function refuse(why) {
  say({ ready: false, reason: why })
  process.exit(0)
}

/** Times of n steps in ms. */
async function clock(step, n) {
  const times = []
  for (let i = 0; i < n; i++) {
    const start = performance.now()
    await withBackoff(step())
    times.push(performance.now() - start)
  }
  return times
}

/** Numbers in [0, 1) that depend only on the key: mulberry32. */
function numbersOf(key) {
  let state = (key + 0x9e3779b9) | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Rows of a tensor, one after another. */
function rowsOf({ values, shape: [, width] }, indices) {
  const out = new Float32Array(indices.length * width)
  for (const [i, row] of indices.entries()) for (let j = 0; j < width; j++) out[i * width + j] = values[row * width + j]
  return out
}

/**
 * Whole trainings in the same way as torch_peer.py: the seconds of training, and relative L2 errors on validation and
 * test points. `start()` begins at the initial parameters; it takes steps on `batch` points, predicts on batches of the
 * same size, and frees its memory. A few steps of another training run before the clock starts, so that everything is
 * compiled.
 */
function trainings(batch) {
  const { shift, scale, final } = spec.training
  const first = spec.optimizer.learningRate
  const [x, y] = ['train.x', 'train.y'].map(host)

  async function relativeError(training, split) {
    const [points, wanted] = [host(`${split}.x`), host(`${split}.y`)]
    const [count, width] = wanted.shape
    let [wrong, size] = [0, 0]
    for (let low = 0; low < count; low += batch) {
      // The last batch is padded with its last row.
      const indices = Array.from({ length: batch }, (_, i) => Math.min(low + i, count - 1))
      const found = await training.predict(rowsOf(points, indices))
      for (let i = 0; i < Math.min(batch, count - low) * width; i++) {
        const target = wanted.values[low * width + i]
        wrong += (found[i] * scale + shift - target) ** 2
        size += target ** 2
      }
    }
    const error = Math.sqrt(wrong / size)
    return Number.isFinite(error) ? error : null
  }

  async function train(training, steps, key) {
    const draw = numbersOf(key)
    for (let step = 0; step < steps; step++) {
      const indices = Array.from({ length: batch }, () => Math.floor(draw() * x.shape[0]))
      const share = final + (1 - final) * 0.5 * (1 + Math.cos((Math.PI * step) / steps))
      await training.step(rowsOf(x, indices), rowsOf(y, indices), first * share)
    }
  }

  return async (start, steps, key) => {
    const before = start()
    await train(before, 3, 0)
    before.dispose()
    const training = start()
    const begun = performance.now()
    await train(training, steps, key)
    const seconds = (performance.now() - begun) / 1000
    const validation = await relativeError(training, 'validation')
    const relativeL2 = await relativeError(training, 'test')
    training.dispose()
    return { steps, seconds, validation, relativeL2 }
  }
}

/**
 * Checks every form and times a few of its steps, reports them, and answers requests: to `step` each line `n form` by
 * the times of n steps, to `train` each line `steps key form` by the result of a training.
 *
 * @param library its name, version and adapter
 * @param forms by name: `check()` gives loss and derivative, `step()` takes the timed step, `start()` begins a training
 */
export async function serve({ name: library, version, adapter }, forms, batch) {
  const found = []
  for (const [name, { check, step, byHand }] of Object.entries(forms)) {
    try {
      const [loss, along] = await check()
      await clock(step, 1)
      found.push({ name, ms: Number.POSITIVE_INFINITY, loss, along, byHand })
    } catch (error) {
      const why = error instanceof Error ? error.stack : String(error)
      process.stderr.write(`${library}: form '${name}' does not run: ${why}\n`)
    }
  }
  // Alternating rounds, so that a temporarily busy machine does not decide which form is the fastest.
  for (let round = 0; round < 3; round++)
    for (const form of found) form.ms = Math.min(form.ms, ...(await clock(forms[form.name].step, 1)))
  if (found.length === 0) refuse('no form of the step runs; see the messages above')
  say({ ready: true, version, threads: 1, adapter, forms: found })
  const train = task === 'train' ? trainings(batch) : null
  for await (const line of createInterface({ input: process.stdin })) {
    const [, n, key, form] = /^(\d+) (?:(\d+) )?(.*)$/.exec(line)
    if (train === null) say({ times: await clock(forms[form].step, Number(n)) })
    else say(await train(forms[form].start, Number(n), Number(key)))
  }
  process.exit(0)
}
