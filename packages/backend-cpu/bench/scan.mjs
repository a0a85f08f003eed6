/**
 * Time loops of spiking neurons: `node bench/scan.mjs [threads]` (after `npm run build`). Nanoseconds per neuron and
 * time step; with K tangents beside the primal, per neuron, time step and tangent as well.
 */
import { cpu } from '@spikeward/backend-cpu'
import { prepare, timed, uniform } from './timing.mjs'

const threads = Number(process.argv[2] ?? 1)
const backend = await cpu({ threads })
console.log(`cpu, ${threads} thread(s), ${backend.capabilities.features.join(', ')}`)

const f32 = (op, ...args) => ({ op, dtype: 'f32', args })
const constant = (value) => ({ op: 'const', dtype: 'f32', value })

/**
 * u ← βu + x − s, s = [u > 1]; with K > 0 also K tangents du ← βdu + dx − ds, ds = du / (1 + (πu)²). Stores s and ds of
 * every step.
 */
function neuron(K, T, N) {
  const nodes = []
  const add = (node) => nodes.push(node) - 1
  const [one, zero, beta, pi] = [1, 0, 0.9, Math.PI].map((v) => add(constant(v)))
  const x = add({ op: 'load', dtype: 'f32', operand: 0 })
  const u = add({ op: 'carry', dtype: 'f32', carry: 0 })
  const above = add(f32('sub', u, one))
  const spike = (v) => add({ op: 'cast', dtype: 'f32', args: [add({ op: 'lt', dtype: 'bool', args: [zero, v] })] })
  const nextU = add(f32('sub', add(f32('add', add(f32('mul', beta, u)), x)), spike(above)))
  const over = add(f32('sub', nextU, one))
  const s = spike(over)
  const final = add({ op: 'final', dtype: 'f32', carry: 0 })
  const kAxis = K > 0 ? [K] : []
  const access = (k, t, n) => [...kAxis.map(() => k), t, n]
  const loads = [{ dtype: 'f32', offset: 0, strides: access(0, N, 1) }]
  const carries = [{ dtype: 'f32', init: zero, next: nextU }]
  const store = (node, strides, when = 'each') => ({ dtype: 'f32', offset: 0, strides, node, when, reduce: null })
  const stores = [store(s, access(0, N, 1)), store(final, access(0, 0, 1), 'once')]
  const sizes = [[T * N], [T * N, N]]
  if (K > 0) {
    const dx = add({ op: 'load', dtype: 'f32', operand: 1 })
    const du = add({ op: 'carry', dtype: 'f32', carry: 1 })
    const scaled = add(f32('mul', over, pi))
    const slope = add(f32('div', one, add(f32('add', one, add(f32('mul', scaled, scaled))))))
    const nextDu = add(f32('add', add(f32('mul', beta, du)), dx))
    const ds = add(f32('mul', nextDu, slope))
    loads.push({ dtype: 'f32', offset: 0, strides: access(T * N, N, 1) })
    carries.push({ dtype: 'f32', init: zero, next: nextDu })
    stores.push(store(ds, access(T * N, N, 1)))
    sizes[0].push(K * T * N)
    sizes[1].push(K * T * N)
  }
  const slots = [
    ...sizes[0].map((size, index) => ({ kind: 'input', index, dtype: 'f32', size })),
    ...sizes[1].map((size, index) => ({ kind: 'output', index, dtype: 'f32', size })),
  ]
  const operand = (slot) => ({ slot, offset: 0, advance: [] })
  return {
    slots,
    inputs: sizes[0].length,
    outputs: sizes[1].length,
    donations: sizes[1].map(() => null),
    workspace: 0,
    steps: [
      {
        kind: 'kernel',
        kernel: {
          name: 'neuron',
          space: [...kAxis, T, N],
          time: kAxis.length,
          reduce: [],
          loads,
          nodes,
          carries,
          stores,
        },
        loads: sizes[0].map((_, i) => operand(i)),
        stores: sizes[1].map((_, i) => operand(sizes[0].length + i)),
      },
    ],
  }
}

for (const [K, T, N] of [
  [0, 16, 1024],
  [0, 16, 131072],
  [0, 8, 131072],
  [1, 16, 1024],
  [1, 8, 131072],
  [1, 16, 131072],
  [8, 16, 1024],
  [8, 16, 16384],
]) {
  const p = prepare(backend, neuron(K, T, N), (_, size) => uniform(size))
  const ns = 1e6 * (await timed(p.run))
  const tangents = K === 0 ? '' : `, ${(ns / (T * N * K)).toFixed(3)} a tangent`
  console.log(
    `K = ${K}, T = ${String(T).padStart(2)}, N = ${String(N).padStart(6)}: ${(ns / (T * N)).toFixed(3)} ns per neuron and step${tangents}; ${p.executable.source}`,
  )
  for (const b of [...p.ins, ...p.outs]) backend.free(b)
}
await backend[Symbol.asyncDispose]()
