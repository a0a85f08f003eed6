/**
 * TensorFlow.js on its plain JavaScript backend or, if the specification's `device` is webgpu, on its WebGPU backend.
 * It has reverse mode only: back-propagation is `tf.valueAndGrads` with the surrogate as a `tf.customGrad`.
 */
import { register } from 'node:module'
import * as tf from '@tensorflow/tfjs-core'
import { openGpu } from './gpu.mjs'
import { map, serveNetwork } from './network.mjs'
import { refuse, spec } from './protocol.mjs'

// The gradients are in separate files whose imports have no extensions, so Node needs a resolver that adds them.
const withEnding = `export async function resolve(name, context, next) {
  try {
    return await next(name, context)
  } catch (error) {
    if (name.startsWith('.')) return next(name + '.js', context)
    throw error
  }
}`
register(`data:text/javascript,${encodeURIComponent(withEnding)}`)
await import('@tensorflow/tfjs-core/dist/register_all_gradients.js')

const device = spec.device === 'webgpu' ? 'webgpu' : 'cpu'
const adapter = device === 'webgpu' ? await openGpu() : null
await (device === 'webgpu' ? import('@tensorflow/tfjs-backend-webgpu') : import('@tensorflow/tfjs-backend-cpu'))
if (!(await tf.setBackend(device))) refuse(`its backend ${device} does not start here`)
await tf.ready()

const { b1, b2, eps } = spec.optimizer
const flat = (params) => params.flatMap(({ weight, bias }) => [weight, bias])
const layered = (all) => all.filter((_, i) => i % 2 === 0).map((weight, i) => ({ weight, bias: all[2 * i + 1] }))

/** The numbers of tensors, which it frees. */
async function taken(tensors) {
  const numbers = []
  for (const t of tensors) numbers.push(await t.data())
  tf.dispose(tensors)
  return numbers
}

await serveNetwork({
  ...{ name: 'tfjs', version: tf.version_core, adapter, names: { jit: '', reverse: 'valueAndGrads' } },
  ...tf,
  positive: (z) => tf.cast(tf.greater(z, 0), 'float32'),
  tile: (a, count) => tf.tile(tf.expandDims(a, 0), [count, 1]),
  join: tf.concat,
  parts: (a, axis) => tf.split(a, spec.time, axis),
  held: tf.customGrad((s) => ({ value: tf.clone(s), gradFunc: (dy) => tf.zerosLike(dy) })),
  spike: (fire, slope) =>
    tf.customGrad((z, save) => {
      save([z])
      return { value: fire(z), gradFunc: (dy, [saved]) => tf.mul(dy, slope(saved)) }
    }),
  valueAndGrad(f, params) {
    const { value, grads } = tf.valueAndGrads((...all) => f(layered(all)))(flat(params))
    return [value, layered(grads)]
  },
  tensor: ({ shape, values }) => tf.tensor(values, shape, 'float32'),
  free: tf.dispose,
  run: (f, ...args) => taken(tf.tidy(() => f(...args))),
  trainer: (gradient, fixed, initial) => () => {
    const params = map((p) => tf.variable(p), initial())
    const [ms, vs] = [0, 1].map(() => map((p) => tf.variable(tf.zerosLike(p)), params))
    let count = 0
    const update = (x, y, rate) => {
      const [value, grads] = gradient(params, (shape) => tf.randomNormal(shape), x, y, fixed)
      count++
      const [c1, c2] = [1 - b1 ** count, 1 - b2 ** count]
      map(
        (p, m, v, g) => {
          m.assign(tf.add(tf.mul(m, b1), tf.mul(g, 1 - b1)))
          v.assign(tf.add(tf.mul(v, b2), tf.mul(tf.square(g), 1 - b2)))
          p.assign(tf.sub(p, tf.mul(tf.div(tf.div(m, c1), tf.add(tf.sqrt(tf.div(v, c2)), eps)), rate)))
        },
        ...[params, ms, vs, grads],
      )
      return value
    }
    return {
      step: async (x, y, rate) => void (await taken([tf.tidy(() => update(x, y, rate))])),
      params: () => params,
      dispose: () => tf.dispose([params, ms, vs]),
    }
  },
  predictor: (output, fixed) => async (params, x) => {
    const [values] = await taken([tf.tidy(() => output(params, x, fixed))])
    x.dispose()
    return values
  },
})
