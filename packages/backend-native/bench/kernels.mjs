/**
 * Times the kernels alone: dense products, products of spikes at several densities, and scans of neurons with one and
 * with eight tangents.
 *
 *     node bench/kernels.mjs [--threads 1] [--seconds 0.3] [--only gemm|rounded|spikes|scan] [--instructionSet avx512]      (after `npm run build`)
 *
 * Each figure is the fastest of many runs, so that other load on the machine has little influence.
 */
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { native } from '../dist/index.js'

const { values } = parseArgs({
  options: {
    threads: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '0.3' },
    only: { type: 'string' },
    instructionSet: { type: 'string' },
  },
})
const seconds = Number(values.seconds)
const wanted = (/** @type {string} */ group) => values.only === undefined || values.only === group

/** Operands that span whole slots. */
const whole = (/** @type {number[]} */ ...slots) => slots.map((slot) => ({ slot, offset: 0, advance: [] }))

/**
 * Runs a one-step plan on the given inputs until the time is up.
 *
 * @returns {Promise<number>} seconds of the fastest run
 */
async function fastest(instructionSet, step, inputs, outputSizes, operands = 'f32') {
  const backend = await native({ instructionSet, threads: Number(values.threads), operands })
  const slots = [
    ...inputs.map((x, index) => ({ kind: 'input', index, dtype: 'f32', size: x.length })),
    ...outputSizes.map((size, index) => ({ kind: 'output', index, dtype: 'f32', size })),
  ]
  const count = inputs.length
  const plan = {
    slots,
    inputs: count,
    outputs: outputSizes.length,
    donations: outputSizes.map(() => null),
    workspace: 0,
    steps: [step],
  }
  const executable = backend.compile(plan)
  const ins = inputs.map((x) => {
    const buffer = backend.allocate(x.byteLength)
    backend.write(buffer, x)
    return buffer
  })
  const outs = outputSizes.map((n) => backend.allocate(4 * n))
  let best = Infinity
  for (const end = performance.now() + seconds * 1000; performance.now() < end; ) {
    const start = performance.now()
    executable.run(ins, outs)
    best = Math.min(best, performance.now() - start)
  }
  await backend[Symbol.asyncDispose]()
  return best / 1000
}

const random = (size, draw = () => Math.random() * 2 - 1) => Float32Array.from({ length: size }, draw)

/** C = A B with A [m, k], B [k, n]. */
function dot(m, n, k, binary, transposedA = false) {
  const a = transposedA ? { batch: 0, m: 1, k: m } : { batch: 0, m: k, k: 1 }
  return {
    kind: 'routine',
    routine: { kind: 'dot', dtype: 'f32', batch: 1, m, n, k, a, b: { batch: 0, k: n, n: 1 }, binary },
    ins: whole(0, 1),
    outs: whole(2),
  }
}

/**
 * Leaky integrate-and-fire neurons with an arctan surrogate: one primal and K tangents through T steps of n neurons.
 */
function scan(n, T, K) {
  const f = (op, ...args) => ({ op, dtype: 'f32', args })
  const constant = (value) => ({ op: 'const', dtype: 'f32', value })
  const nodes = [
    { op: 'load', dtype: 'f32', operand: 0 },
    { op: 'load', dtype: 'f32', operand: 1 },
    ...[0.9, 1, 0, Math.PI, 1].map(constant), // 2 … 6
    { op: 'carry', dtype: 'f32', carry: 0 },
    { op: 'carry', dtype: 'f32', carry: 1 }, // 8
    { op: 'lt', dtype: 'bool', args: [3, 7] }, // 9 fired before
    f('mul', 7, 2),
    f('add', 10, 0), // 11
    f('sub', 11, 3),
    f('select', 9, 12, 11), // 13 membrane
    f('sub', 13, 3),
    { op: 'lt', dtype: 'bool', args: [4, 14] },
    { op: 'cast', dtype: 'f32', args: [15] }, // 16 spike
    f('mul', 14, 5),
    f('mul', 17, 17),
    f('add', 18, 6),
    f('div', 6, 19), // 20 slope
    f('mul', 8, 2),
    f('add', 21, 1), // 22 tangent
    f('mul', 22, 20), // 23 tangent of the spike
  ]
  const access = (strides) => ({ dtype: 'f32', offset: 0, strides })
  const kernel = {
    name: 'neurons',
    space: [K, T, n],
    time: 1,
    reduce: [],
    loads: [access([0, n, 1]), access([T * n, n, 1])],
    nodes,
    carries: [
      { dtype: 'f32', init: 4, next: 13 },
      { dtype: 'f32', init: 4, next: 22 },
    ],
    stores: [
      { ...access([0, n, 1]), node: 16, when: 'each', reduce: null },
      { ...access([T * n, n, 1]), node: 23, when: 'each', reduce: null },
    ],
  }
  return { kind: 'kernel', kernel, loads: whole(0, 1), stores: whole(2, 3) }
}

const instructionSets = values.instructionSet ? [values.instructionSet] : ['avx512', 'avx2', 'portable']
console.log(`${cpus()[0]?.model}, ${values.threads} threads, f32`)
for (const instructionSet of instructionSets) {
  try {
    const backend = await native({ instructionSet })
    await backend[Symbol.asyncDispose]()
  } catch (error) {
    console.log(`${instructionSet}: ${error.message}`)
    continue
  }
  if (wanted('gemm')) {
    for (const [m, n, k, transposed] of [
      [16384, 128, 128],
      [1024, 128, 2],
      [1024, 1024, 1024],
      [128, 128, 16384, true],
    ]) {
      const s = await fastest(instructionSet, dot(m, n, k, false, transposed), [random(m * k), random(k * n)], [m * n])
      console.log(`${instructionSet} gemm ${m} × ${n} × ${k}: ${((2 * m * n * k) / s / 1e9).toFixed(0)} GFLOP/s`)
    }
  }
  if (wanted('rounded')) {
    for (const n of [64, 128, 256, 512, 1024, 2048]) {
      const inputs = [random(1024 * n), random(n * n)]
      const time = (operands) => fastest(instructionSet, dot(1024, n, n, false), inputs, [1024 * n], operands)
      // In turn, so that other load on the machine meets all of them.
      const best = { f32: Infinity, bf16: Infinity, int8: Infinity }
      for (let round = 0; round < 3; round++)
        for (const operands of Object.keys(best)) best[operands] = Math.min(best[operands], await time(operands))
      const ratios = ['bf16', 'int8'].map((operands) => `${operands} ${(best.f32 / best[operands]).toFixed(2)}`)
      console.log(
        `${instructionSet} 1024 × ${n} × ${n}: f32 ${(best.f32 * 1e3).toFixed(2)} ms; times as fast: ${ratios.join(', ')}`,
      )
    }
  }
  if (wanted('spikes')) {
    const [m, n, k] = [16384, 128, 128]
    const dense = await fastest(instructionSet, dot(m, n, k, false), [random(m * k), random(k * n)], [m * n])
    for (const density of [0.02, 0.05, 0.1, 0.2, 0.4]) {
      const spikes = random(m * k, () => (Math.random() < density ? 1 : 0))
      const s = await fastest(instructionSet, dot(m, n, k, true), [spikes, random(k * n)], [m * n])
      console.log(
        `${instructionSet} spikes ${m} × ${n} × ${k}, density ${density}: ${(s * 1e3).toFixed(2)} ms, ${(dense / s).toFixed(1)} times as fast as dense`,
      )
    }
  }
  if (wanted('scan')) {
    for (const [n, T, K] of [
      [131072, 8, 1],
      [131072, 8, 8],
      [4096, 16, 1],
    ]) {
      const s = await fastest(
        instructionSet,
        scan(n, T, K),
        [random(T * n, () => Math.random() / 2), random(K * T * n)],
        [T * n, K * T * n],
      )
      console.log(
        `${instructionSet} scan of ${n} neurons, ${T} steps, ${K} tangents: ${((s / (n * T)) * 1e9).toFixed(2)} ns per neuron and step`,
      )
    }
  }
}
