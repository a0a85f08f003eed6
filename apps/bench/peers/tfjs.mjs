/**
 * A spiking MLP in TensorFlow.js on its plain JavaScript backend or, if the specification's `device` is webgpu, on its
 * WebGPU backend. tfjs_step.mjs times it and tfjs_train.mjs trains it. The process's argument is the path of the
 * specification.
 *
 * TensorFlow.js has reverse mode only: back-propagation is `tf.valueAndGrads` with the surrogate as a `tf.customGrad`,
 * and a reverse loop written by hand. Forward mode is dual arithmetic written by hand, one direction after another, or
 * the primal once with the tangents of all directions together.
 */
import { readFileSync } from 'node:fs'
import { register } from 'node:module'
import * as tf from '@tensorflow/tfjs-core'
import { openGpu } from './gpu.mjs'
import { clock } from './protocol.mjs'

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

export const spec = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const device = spec.device === 'webgpu' ? 'webgpu' : 'cpu'
const adapter = device === 'webgpu' ? await openGpu() : null
await (device === 'webgpu' ? import('@tensorflow/tfjs-backend-webgpu') : import('@tensorflow/tfjs-backend-cpu'))
const { time: steps, neuron, surrogate, optimizer, directions } = spec
const layers = spec.widths.length - 1
const layerwise = spec.scope === 'layerwise'
const late = neuron.reset === 'subtract' && neuron.delayed && neuron.beta !== 1

function refuse(why) {
  process.stdout.write(`${JSON.stringify({ ready: false, reason: why })}\n`)
  process.exit(0)
}
if (neuron.reset !== 'subtract' || !neuron.detached || neuron.inclusive)
  refuse('a reset other than a detached soft one is not written for this peer')
if (!['atan', 'sigmoid', 'triangular'].includes(surrogate.name))
  refuse(`surrogate ${surrogate.name} is not written for this peer`)
if (!(await tf.setBackend(device))) refuse(`its backend ${device} does not start here`)
await tf.ready()

const raw = readFileSync(spec.tensors.file)
function host(name) {
  const { offset, shape } = spec.tensors.entries[name]
  const size = shape.reduce((a, b) => a * b, 1)
  return tf.tensor(new Float32Array(raw.buffer, raw.byteOffset + 4 * offset, size).slice(), shape, 'float32')
}
/** Weights and biases in alternation, the readout's last. */
const paramsOf = (prefix) =>
  Array.from({ length: layers }, (_, i) => ['weight', 'bias'].map((n) => host(`${prefix}layers.${i}.${n}`))).flat()
const [x, y, centre] = ['x', 'y', 'centre'].map(host)
const rest = Array.from({ length: layers - 1 }, (_, i) => host(`rest.${i}`))
export const batch = x.shape[0]
const outputs = spec.widths[layers]

function slope(z) {
  if (surrogate.name === 'atan') {
    const scaled = tf.mul(z, (Math.PI * surrogate.alpha) / 2)
    return tf.div(surrogate.alpha / 2, tf.add(tf.square(scaled), 1))
  }
  if (surrogate.name === 'triangular')
    return tf.mul(tf.relu(tf.sub(1, tf.mul(tf.abs(z), surrogate.alpha))), surrogate.alpha)
  const s = tf.sigmoid(tf.mul(z, surrogate.alpha))
  return tf.mul(tf.mul(s, tf.sub(1, s)), surrogate.alpha)
}
const fire = (z) => tf.cast(tf.greater(z, 0), 'float32')
const spike = tf.customGrad((z, save) => {
  save([z])
  return { value: fire(z), gradFunc: (dy, [saved]) => tf.mul(dy, slope(saved)) }
})
/** The same values with a zero derivative. */
const held = tf.customGrad((s) => ({ value: tf.clone(s), gradFunc: (dy) => tf.zerosLike(dy) }))
const leak = (u) => (neuron.beta === 1 ? u : tf.mul(u, neuron.beta))
const affine = (a, weight, bias) => tf.add(tf.matMul(a, weight), bias)
const total = (all) => all.reduce((a, b) => tf.add(a, b))

/** Runs a layer; `drive(t)` is its input, `fires(z, t)` returns its spikes. */
function neurons(membrane, drive, fires) {
  let u = tf.tile(tf.expandDims(membrane, 0), [batch, 1])
  let before = late ? fire(tf.sub(u, neuron.threshold)) : null
  const out = []
  for (let t = 0; t < steps; t++) {
    u = tf.add(leak(u), drive(t))
    if (late) u = tf.sub(u, tf.mul(before, neuron.threshold))
    const s = fires(tf.sub(u, neuron.threshold), t)
    out.push(s)
    before = held(s)
    if (!late) u = tf.sub(u, tf.mul(before, neuron.threshold))
  }
  return out
}

/** The output of the network for a batch of points. */
export function output(params, x) {
  let drive = [affine(x, params[0], params[1])]
  for (let i = 0; i < layers - 1; i++) {
    const input = drive
    const spikes = neurons(
      rest[i],
      (t) => input[i === 0 ? 0 : t],
      (z) => spike(z),
    )
    const [weight, bias] = [params[2 * i + 2], params[2 * i + 3]]
    if (i < layers - 2) drive = tf.split(affine(tf.concat(spikes), weight, bias), steps)
    else drive = [affine(tf.sub(tf.mul(total(spikes), 1 / steps), centre), weight, bias)]
  }
  return drive[0]
}

/** Runs a layer and its tangent; `drive(t)` and `ddrive(t)` are their inputs at a step. Returns the spikes and their tangents. */
function dualNeurons(membrane, drive, ddrive) {
  const dspikes = []
  let du = null
  const spikes = neurons(membrane, drive, (z, t) => {
    const now = ddrive(t)
    du = du === null ? now : tf.add(leak(du), now)
    dspikes.push(tf.mul(slope(z), du))
    return fire(z)
  })
  return [spikes, dspikes]
}

/** Value and derivative along one direction, by hand. */
function dual(params, moves) {
  let drive = [affine(x, params[0], params[1])]
  let ddrive = [affine(x, moves[0], moves[1])]
  for (let i = 0; i < layers - 1; i++) {
    const [input, dinput] = [drive, ddrive]
    const [spikes, dspikes] = dualNeurons(
      rest[i],
      (t) => input[i === 0 ? 0 : t],
      (t) => dinput[i === 0 ? 0 : t],
    )
    const [weight, bias] = [params[2 * i + 2], params[2 * i + 3]]
    const [dweight, dbias] = [moves[2 * i + 2], moves[2 * i + 3]]
    const tangent = (s, ds) => tf.add(tf.matMul(ds, weight), affine(s, dweight, dbias))
    if (i < layers - 2) {
      const [s, ds] = [tf.concat(spikes), tf.concat(dspikes)]
      drive = tf.split(affine(s, weight, bias), steps)
      ddrive = tf.split(tangent(s, ds), steps)
    } else {
      const [s, ds] = [tf.sub(tf.mul(total(spikes), 1 / steps), centre), tf.mul(total(dspikes), 1 / steps)]
      drive = [affine(s, weight, bias)]
      ddrive = [tangent(s, ds)]
    }
  }
  const residual = tf.sub(drive[0], y)
  const along = tf.mul(tf.sum(tf.mul(residual, ddrive[0])), 2 / (batch * outputs))
  return [tf.mean(tf.square(residual)), along]
}

/** Value and derivatives along all directions, by hand: tangents have the directions as their first axis. */
function dualOfAll(params, moves) {
  const among = (bias) => tf.reshape(bias, [directions, 1, -1])
  const shared = (a) => tf.expandDims(a, 0)
  const joined = (a, n) => tf.reshape(a, [directions, -1, n])
  const tangent = (s, ds, weight, dweight, dbias) => {
    const moved = joined(tf.matMul(tf.reshape(ds, [-1, weight.shape[0]]), weight), weight.shape[1])
    return tf.add(tf.add(moved, tf.matMul(shared(s), dweight)), among(dbias))
  }
  let drive = [affine(x, params[0], params[1])]
  let ddrive = [tf.add(tf.matMul(shared(x), moves[0]), among(moves[1]))]
  for (let i = 0; i < layers - 1; i++) {
    const [input, dinput] = [drive, ddrive]
    const [spikes, dspikes] = dualNeurons(
      rest[i],
      (t) => input[i === 0 ? 0 : t],
      (t) => dinput[i === 0 ? 0 : t],
    )
    const [weight, bias] = [params[2 * i + 2], params[2 * i + 3]]
    const [dweight, dbias] = [moves[2 * i + 2], moves[2 * i + 3]]
    if (i < layers - 2) {
      const [s, ds] = [tf.concat(spikes), tf.concat(dspikes, 1)]
      drive = tf.split(affine(s, weight, bias), steps)
      ddrive = tf.split(tangent(s, ds, weight, dweight, dbias), steps, 1)
    } else {
      const [s, ds] = [tf.sub(tf.mul(total(spikes), 1 / steps), centre), tf.mul(total(dspikes), 1 / steps)]
      drive = [affine(s, weight, bias)]
      ddrive = [tangent(s, ds, weight, dweight, dbias)]
    }
  }
  const residual = tf.sub(drive[0], y)
  const along = tf.mul(tf.sum(tf.mul(residual, ddrive[0]), [1, 2]), 2 / (batch * outputs))
  return [tf.mean(tf.square(residual)), along]
}

/** All directions at once; global only. */
function forwardGradientAtOnce(params) {
  const moves = params.map((p) => tf.randomNormal([directions, ...p.shape]))
  const [value, slopes] = dualOfAll(params, moves)
  const weights = tf.reshape(tf.mul(slopes, 1 / directions), [1, directions])
  const grads = moves.map((m, j) => tf.reshape(tf.matMul(weights, tf.reshape(m, [directions, -1])), params[j].shape))
  return { value, grads }
}

function forwardGradient(params) {
  let value = null
  let grads = params.map((p) => tf.zerosLike(p))
  for (let k = 0; k < directions; k++) {
    const moves = params.map((p) => tf.randomNormal(p.shape))
    const blocks = layerwise ? Array.from({ length: layers }, (_, l) => l) : [null]
    for (const block of blocks) {
      const part = moves.map((m, j) => (block === null || j >> 1 === block ? m : tf.zerosLike(m)))
      const [v, along] = dual(params, part)
      value ??= v
      grads = grads.map((g, j) => tf.add(g, tf.mul(part[j], tf.mul(along, 1 / directions))))
    }
  }
  return { value, grads }
}
const backward = (params, x, y) => tf.valueAndGrads((...p) => tf.mean(tf.square(tf.sub(output(p, x), y))))(params)

/** Value and gradients by a backward loop over time, written by hand. */
function backwardByHand(params, x, y) {
  const tape = []
  let drive = [affine(x, params[0], params[1])]
  for (let i = 0; i < layers - 1; i++) {
    const zs = []
    const input = drive
    const spikes = neurons(
      rest[i],
      (t) => input[i === 0 ? 0 : t],
      (z) => {
        zs.push(z)
        return fire(z)
      },
    )
    const s = i < layers - 2 ? tf.concat(spikes) : tf.sub(tf.mul(total(spikes), 1 / steps), centre)
    tape.push({ zs, s })
    const next = affine(s, params[2 * i + 2], params[2 * i + 3])
    drive = i < layers - 2 ? tf.split(next, steps) : [next]
  }
  const residual = tf.sub(drive[0], y)
  const grads = []
  let back = tf.mul(residual, 2 / (batch * outputs))
  for (let i = layers - 1; i >= 0; i--) {
    grads.unshift(tf.matMul(i === 0 ? x : tape[i - 1].s, back, true), tf.sum(back, 0))
    if (i === 0) break
    const before = tf.matMul(back, params[2 * i], false, true)
    const along = i < layers - 1 ? tf.split(before, steps) : [tf.mul(before, 1 / steps)]
    const { zs } = tape[i - 1]
    const drives = []
    let carry = null
    for (let t = steps - 1; t >= 0; t--) {
      const now = tf.mul(slope(zs[t]), along[i < layers - 1 ? t : 0])
      carry = carry === null ? now : tf.add(leak(carry), now)
      drives.unshift(carry)
    }
    back = i === 1 ? total(drives) : tf.concat(drives)
  }
  return { value: tf.mean(tf.square(residual)), grads }
}

/** Parameters and Adam's moments; `update` takes a step on points and returns its loss. */
export function makeTraining(gradient) {
  const { b1, b2, eps, learningRate } = optimizer
  const params = paramsOf('').map((p) => tf.variable(p))
  const [ms, vs] = [0, 1].map(() => params.map((p) => tf.variable(tf.zerosLike(p))))
  let count = 0
  return {
    params,
    update: (x, y, rate = learningRate) =>
      tf.tidy(() => {
        const { value, grads } = gradient(params, x, y)
        count++
        const [c1, c2] = [1 - b1 ** count, 1 - b2 ** count]
        params.forEach((p, i) => {
          ms[i].assign(tf.add(tf.mul(ms[i], b1), tf.mul(grads[i], 1 - b1)))
          vs[i].assign(tf.add(tf.mul(vs[i], b2), tf.mul(tf.square(grads[i]), 1 - b2)))
          const root = tf.add(tf.sqrt(tf.div(vs[i], c2)), eps)
          p.assign(tf.sub(p, tf.mul(tf.div(tf.div(ms[i], c1), root), rate)))
        })
        return value
      }),
    dispose: () => tf.dispose([...params, ...ms, ...vs]),
  }
}

function makeStep(gradient) {
  const { update } = makeTraining(gradient)
  return async () => (await taken([update(x, y)]))[0][0]
}

/** The numbers of tensors, which it frees. */
async function taken(tensors) {
  const numbers = []
  for (const t of tensors) numbers.push(await t.data())
  tf.dispose(tensors)
  return numbers
}

/** Loss and derivative along the given direction. */
async function check(how) {
  const [value, slopes] = await taken(
    tf.tidy(() => {
      const [params, moves] = [paramsOf(''), paramsOf('direction.')]
      if (how === 'one') return dual(params, moves)
      if (how === 'all') {
        // That direction times one, two, three …: the result shows whether every multiple arrives at its own place.
        const counted = (m) => tf.stack(Array.from({ length: directions }, (_, k) => tf.mul(m, k + 1)))
        return dualOfAll(params, moves.map(counted))
      }
      const { value, grads } = (how === 'backward' ? backward : backwardByHand)(params, x, y)
      return [value, total(grads.map((g, i) => tf.sum(tf.mul(g, moves[i]))))]
    }),
  )
  const found = Array.from(slopes, (d, k) => d / (k + 1))
  const astray = found.some((d) => Math.abs(d - found[0]) > 1e-4 * Math.max(Math.abs(found[0]), 0.1))
  return [value[0], astray ? Number.NaN : found[0]]
}

/** The forms by name. */
export const candidates =
  spec.estimator === 'bp'
    ? {
        valueAndGrads: { gradient: backward, how: 'backward' },
        'a backward loop by hand': { gradient: backwardByHand, how: 'backwardByHand' },
      }
    : {
        'dual arithmetic': { gradient: forwardGradient, how: 'one' },
        ...(directions > 1 && !layerwise
          ? { 'dual arithmetic of all directions': { gradient: forwardGradientAtOnce, how: 'all' } }
          : {}),
      }

/** Checks every form, times a few steps of it, and reports it; returns the steps by name. */
export async function ready() {
  const running = {}
  const forms = []
  for (const [name, { gradient, how }] of Object.entries(candidates)) {
    const [loss, along] = await check(how)
    const step = makeStep(gradient)
    await clock(step, 1)
    running[name] = step
    forms.push({ name, ms: Number.POSITIVE_INFINITY, loss, along, byHand: how !== 'backward' })
  }
  // Alternating rounds, so that a temporarily busy machine does not decide which form is the fastest.
  for (let round = 0; round < 2; round++)
    for (const form of forms) form.ms = Math.min(form.ms, ...(await clock(running[form.name], 1)))
  process.stdout.write(`${JSON.stringify({ ready: true, version: tf.version_core, threads: 1, adapter, forms })}\n`)
  return running
}
