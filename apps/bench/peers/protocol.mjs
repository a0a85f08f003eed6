/** The requests to the JavaScript peers on standard input, after the line that reports that they are ready. */
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { withBackoff } from './gpu.mjs'

/** Times of n steps in ms. */
export async function clock(step, n) {
  const times = []
  for (let i = 0; i < n; i++) {
    const start = performance.now()
    await withBackoff(step())
    times.push(performance.now() - start)
  }
  return times
}

async function serve(answer) {
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await answer(line))}\n`)
  }
  process.exit(0)
}

/** For every line `n form`, the times of n steps of that form. */
export const serveSteps = (steps) =>
  serve(async (line) => {
    const [, n, name] = /^(\d+) (.*)$/.exec(line)
    return { times: await clock(steps[name], Number(n)) }
  })

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

/** The tensors of the specification on the host: their numbers and the length of a row. */
function hostOf(spec) {
  const raw = readFileSync(spec.tensors.file)
  return (name) => {
    const { offset, shape } = spec.tensors.entries[name]
    const [count, width] = shape
    return { count, width, values: new Float32Array(raw.buffer, raw.byteOffset + 4 * offset, count * width).slice() }
  }
}

/** Rows of a tensor, one after another. */
function rowsOf({ values, width }, indices) {
  const out = new Float32Array(indices.length * width)
  for (const [i, row] of indices.entries()) for (let j = 0; j < width; j++) out[i * width + j] = values[row * width + j]
  return out
}

/**
 * For every line `steps key form`, a whole training in the same way as torch_train.py: the seconds of training, and
 * relative L2 errors on validation and test points. `start(form)` begins at the initial parameters; it takes steps on
 * `batch` points, predicts on batches of the same size, and frees its memory. A few steps of another
 * training run before the clock starts, so that everything is compiled.
 */
export function serveTrainings(spec, batch, start) {
  const host = hostOf(spec)
  const { shift, scale, final } = spec.training
  const first = spec.optimizer.learningRate
  const [x, y] = ['train.x', 'train.y'].map(host)

  async function relativeError(training, split) {
    const [points, wanted] = [host(`${split}.x`), host(`${split}.y`)]
    let [wrong, size] = [0, 0]
    for (let low = 0; low < points.count; low += batch) {
      // The last batch is padded with its last row.
      const indices = Array.from({ length: batch }, (_, i) => Math.min(low + i, points.count - 1))
      const found = await training.predict(rowsOf(points, indices))
      for (let i = 0; i < Math.min(batch, points.count - low) * wanted.width; i++) {
        const target = wanted.values[low * wanted.width + i]
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
      const indices = Array.from({ length: batch }, () => Math.floor(draw() * x.count))
      const share = final + (1 - final) * 0.5 * (1 + Math.cos((Math.PI * step) / steps))
      await training.step(rowsOf(x, indices), rowsOf(y, indices), first * share)
    }
  }

  return serve(async (line) => {
    const [, steps, key, form] = /^(\d+) (\d+) (.*)$/.exec(line)
    const before = start(form)
    await train(before, 3, 0)
    before.dispose()
    const training = start(form)
    const begun = performance.now()
    await train(training, Number(steps), Number(key))
    const seconds = (performance.now() - begun) / 1000
    const validation = await relativeError(training, 'validation')
    const relativeL2 = await relativeError(training, 'test')
    training.dispose()
    return { steps: Number(steps), seconds, validation, relativeL2 }
  })
}
