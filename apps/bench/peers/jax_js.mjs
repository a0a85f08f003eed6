/**
 * jax-js under `jit`, on its WebAssembly backend or, if the specification's `device` is webgpu, on its WebGPU backend.
 * It has no `scan`, so time is unrolled.
 */
import { readFileSync } from 'node:fs'
import { openGpu } from './gpu.mjs'
import { map, serveNetwork } from './network.mjs'
import { refuse, spec } from './protocol.mjs'

const adapter = spec.device === 'webgpu' ? await openGpu() : null
// The library, loaded once the GPU is available.
const {
  defaultDevice,
  init,
  jit,
  jvp,
  lax,
  nn,
  numpy: np,
  random,
  tree,
  valueAndGrad,
  vmap,
} = await import('@jax-js/jax')
const device = spec.device === 'webgpu' ? 'webgpu' : 'wasm'
if (!(await init(device)).includes(device)) refuse(`it has no ${device} here`)
defaultDevice(device)

const { alpha, name: surrogate } = spec.surrogate
const { b1, b2, eps } = spec.optimizer
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.resolve('@jax-js/jax')), 'utf8'))

// An array with one more reference, so that an operation does not consume it.
const r = (a) => (typeof a === 'number' ? a : a.ref)
const add = (a, b) => r(a).add(r(b))
const sub = (a, b) => r(a).sub(r(b))
const mul = (a, b) => r(a).mul(r(b))
const div = (a, b) => r(a).div(r(b))
const reshape = (a, shape) => r(a).reshape(shape)
const square = (a) => mul(a, a)

/** A function whose derivative is the slope of the surrogate. */
function primitiveOfSlope(z) {
  if (surrogate === 'triangular') {
    const inside = np.clip(r(z), -1 / alpha, 1 / alpha)
    return mul(mul(inside, add(mul(np.absolute(r(inside)), -alpha / 2), 1)), alpha)
  }
  if (surrogate === 'atan') return mul(np.atan(mul(z, (Math.PI * alpha) / 2)), 1 / Math.PI)
  return mul(add(np.tanh(mul(z, alpha / 2)), 1), 0.5)
}

const joined = (a, axis) => reshape(a, [...a.shape.slice(0, axis), a.shape[axis] * a.shape[axis + 1], -1])
const byJvp =
  (loss) =>
  (params, moves, ...data) =>
    jvp((p) => loss(p, ...data), [params], [moves])

await serveNetwork({
  ...{ name: 'jax-js', version, adapter, names: { jit: ' under jit', reverse: 'valueAndGrad under jit' } },
  ...{ add, sub, mul, reshape },
  matMul: (a, b, ofA, ofB) => np.matmul(ofA ? r(a).transpose() : r(a), ofB ? r(b).transpose() : r(b)),
  sum: (a, axes) => r(a).sum(axes),
  reciprocal: (a) => np.reciprocal(r(a)),
  abs: (a) => np.absolute(r(a)),
  relu: (a) => nn.relu(r(a)),
  sigmoid: (a) => nn.sigmoid(r(a)),
  zerosLike: (a) => np.zerosLike(r(a)),
  positive: (z) => np.greater(r(z), 0).astype(np.float32),
  tile: (a, count) => np.broadcastTo(r(a), [count, a.shape[0]]),
  stack: (all) => np.stack(all.map(r)),
  join: (all, axis) => joined(np.stack(all.map(r), axis), axis),
  parts(a, axis) {
    const steps = reshape(a, [...a.shape.slice(0, axis), spec.time, a.shape[axis] / spec.time, -1])
    return Array.from({ length: spec.time }, (_, t) => (axis === 0 ? r(steps).slice(t) : r(steps).slice([], t)))
  },
  held: (a) => lax.stopGradient(r(a)),
  spike: (fire) => (z) => {
    const soft = primitiveOfSlope(z)
    return add(soft, lax.stopGradient(sub(fire(z), soft)))
  },
  valueAndGrad: (f, params) => valueAndGrad(f)(params),
  jvp: byJvp,
  jvpOfAll:
    (loss) =>
    (params, moves, ...data) => {
      const [values, slopes] = vmap((v) => byJvp(loss)(params, v, ...data))(moves)
      return [values.slice(0), slopes]
    },
  tensor: ({ shape, values }) => np.array(values).reshape(shape),
  free: (tensors) => tree.dispose(tensors),
  run: async (f, ...args) => {
    const found = []
    for (const tensor of jit(f)(...tree.ref(args))) found.push(await tensor.data())
    return found
  },
  trainer(gradient, fixed, initial) {
    const update = jit((state, x, y, rest, rate) => {
      const [own, key] = [0, 1].map((i) => random.split(r(state.key), 2).slice(i))
      const draws = spec.directions * 2 * state.params.length
      const keys = spec.estimator === 'bp' ? null : random.split(own, draws)
      let place = 0
      const draw = (shape) => random.normal(r(keys).slice(place++), shape)
      const [value, grad] = gradient(state.params, draw, x, y, rest)
      const count = add(state.count, 1)
      const [c1, c2] = [b1, b2].map((b) => add(mul(np.exp(mul(count, Math.log(b))), -1), 1))
      const m = map((m, g) => add(mul(m, b1), mul(g, 1 - b1)), state.m, grad)
      const v = map((v, g) => add(mul(v, b2), mul(square(g), 1 - b2)), state.v, grad)
      const moved = (p, m, v) => sub(p, mul(div(div(m, c1), add(np.sqrt(div(v, c2)), eps)), rate))
      return { params: map(moved, state.params, m, v), m, v, count, key, value }
    })
    return () => {
      const zeros = () => map((a) => np.zerosLike(a), initial())
      let state = { params: initial(), m: zeros(), v: zeros(), count: np.array(0), key: random.key(0) }
      return {
        // Work that is not awaited accumulates, and each step then costs more than the one before.
        async step(x, y, rate) {
          const { value, ...next } = update(state, r(x), r(y), tree.ref(fixed), np.array(rate))
          state = next
          await value.data()
        },
        params: () => state.params,
        dispose: () => tree.dispose(state),
      }
    }
  },
  predictor(output, fixed) {
    const network = jit(output)
    return (params, x) => network(tree.ref(params), x, tree.ref(fixed)).data()
  },
})
