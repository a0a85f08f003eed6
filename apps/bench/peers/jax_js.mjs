/**
 * A spiking MLP in jax-js under `jit`, on its WebAssembly backend or, if the specification's `device` is webgpu, on its
 * WebGPU backend. jax_js_step.mjs times it and jax_js_train.mjs trains it. The process's argument is the path of the
 * specification. jax-js has no `scan`, so time is unrolled.
 */
import { readFileSync } from 'node:fs'
import { openGpu } from './gpu.mjs'

export const spec = JSON.parse(readFileSync(process.argv[2], 'utf8'))
/** The adapter of its WebGPU; null if it does not use WebGPU. */
export const adapter = spec.device === 'webgpu' ? await openGpu() : null
/** The library, loaded once the GPU is available. */
export const jax = await import('@jax-js/jax')
const { defaultDevice, init, lax, nn, numpy: np } = jax
const { time: steps, neuron, surrogate } = spec
/** Directions per step. */
export const { directions } = spec
/** Hidden layers and the readout. */
export const layers = spec.widths.length - 1
const alpha = surrogate.alpha

/** Reports why this peer does not take part, and exits. */
export function refuse(why) {
  process.stdout.write(`${JSON.stringify({ ready: false, reason: why })}\n`)
  process.exit(0)
}
if (neuron.reset !== 'subtract' && neuron.reset !== 'none') refuse(`reset ${neuron.reset} is not written for this peer`)
if (!neuron.detached) refuse('a reset that is not detached is not written for this peer')
if (!['atan', 'sigmoid', 'triangular'].includes(surrogate.name))
  refuse(`surrogate ${surrogate.name} is not written for this peer`)
const device = spec.device === 'webgpu' ? 'webgpu' : 'wasm'
if (!(await init(device)).includes(device)) refuse(`it has no ${device} here`)
defaultDevice(device)

const raw = readFileSync(spec.tensors.file)
/** A tensor of the specification. */
export const host = (name) => {
  const { offset, shape } = spec.tensors.entries[name]
  const size = shape.reduce((a, b) => a * b, 1)
  return np.array(new Float32Array(raw.buffer, raw.byteOffset + 4 * offset, size).slice()).reshape(shape)
}
/** Weights and biases of the tensors whose names start with `prefix`. */
export const layersOf = (prefix) =>
  Array.from({ length: layers }, (_, i) => ({
    weight: host(`${prefix}layers.${i}.weight`),
    bias: host(`${prefix}layers.${i}.bias`),
  }))
/** Initial membranes of every hidden layer, followed by the mean rates that the readout is centred at. */
export const fixed = () => [...Array.from({ length: layers - 1 }, (_, i) => host(`rest.${i}`)), host('centre')]
/** Points per step. */
export const batch = spec.tensors.entries.x.shape[0]
const outputs = spec.widths[layers]

// Returns the array with one more reference, so that an operation does not consume it and the formulas below read as
// formulas.
export const r = (a) => (typeof a === 'number' ? a : a.ref)
export const add = (a, b) => r(a).add(r(b))
export const sub = (a, b) => r(a).sub(r(b))
export const mul = (a, b) => r(a).mul(r(b))
export const dot = (a, b) => np.matmul(r(a), r(b))
const fire = (z) => (neuron.inclusive ? np.greaterEqual(r(z), 0) : np.greater(r(z), 0)).astype(np.float32)
const rows = (a) => r(a).reshape([steps * batch, -1])
const late = neuron.reset === 'subtract' && neuron.delayed && neuron.beta !== 1

function slope(z) {
  if (surrogate.name === 'atan') {
    const scaled = mul(z, (Math.PI * alpha) / 2)
    return np.reciprocal(add(mul(scaled, scaled), 1)).mul(alpha / 2)
  }
  if (surrogate.name === 'triangular') return mul(nn.relu(mul(np.absolute(r(z)), -alpha).add(1)), alpha)
  const s = nn.sigmoid(mul(z, alpha))
  return mul(mul(s, sub(np.onesLike(r(s)), s)), alpha)
}

/** A function whose derivative is the slope. */
function primitiveOfSlope(z) {
  if (surrogate.name === 'triangular') {
    const inside = np.clip(r(z), -1 / alpha, 1 / alpha)
    return mul(inside, mul(np.absolute(r(inside)), -alpha / 2).add(1)).mul(alpha)
  }
  return surrogate.name === 'atan'
    ? np.atan(mul(z, (Math.PI * alpha) / 2)).mul(1 / Math.PI)
    : np
        .tanh(mul(z, alpha / 2))
        .add(1)
        .mul(0.5)
}

const spike = (z) => {
  const soft = primitiveOfSlope(z)
  return add(soft, lax.stopGradient(sub(fire(z), soft)))
}

/** Runs a layer of neurons; `drive(t)` is the input of a step. Calls `each(z, spikes)` after every step. */
function neurons(rest, drive, fires) {
  let u = np.broadcastTo(r(rest), [batch, rest.shape[0]])
  let before = late ? fire(sub(u, neuron.threshold)) : null
  const out = []
  for (let t = 0; t < steps; t++) {
    u = add(neuron.beta === 1 ? u : mul(u, neuron.beta), drive(t))
    if (late) u = sub(u, mul(before, neuron.threshold))
    const s = fires(sub(u, neuron.threshold))
    out.push(s)
    before = lax.stopGradient(r(s))
    if (!late && neuron.reset === 'subtract') u = sub(u, mul(before, neuron.threshold))
  }
  return out
}

const at = (sequence, t) => r(sequence).slice(t)

/** The output of the network for a batch of points. */
export function output(params, x, rest) {
  let drive = add(dot(x, params[0].weight), params[0].bias)
  for (let i = 0; i < layers - 1; i++) {
    const input = drive
    const spikes = neurons(rest[i], i === 0 ? () => input : (t) => at(input, t), spike)
    const next = params[i + 1]
    if (i < layers - 2) {
      drive = add(dot(rows(np.stack(spikes.map(r))), next.weight), next.bias).reshape([steps, batch, -1])
    } else {
      drive = add(dot(sub(spikes.reduce(add).mul(1 / steps), rest[layers - 1]), next.weight), next.bias)
    }
  }
  return drive
}

/** Mean squared error. */
export function loss(params, x, y, rest) {
  const residual = sub(output(params, x, rest), y)
  return np.mean(mul(residual, residual))
}

/** Runs a layer and its tangent; `drive(t)` and `ddrive(t)` are their inputs at a step. Returns the spikes and their tangents. */
function dualNeurons(membrane, drive, ddrive) {
  const spikes = []
  const dspikes = []
  let du = null
  neurons(membrane, drive, (z) => {
    const t = spikes.length
    const now = ddrive(t)
    du = du === null ? now : add(neuron.beta === 1 ? du : mul(du, neuron.beta), now)
    dspikes.push(mul(slope(z), du))
    spikes.push(fire(z))
    return spikes[t]
  })
  return [spikes, dspikes]
}

/** Value and derivative along one direction, by hand. */
export function dual(params, moves, x, y, rest) {
  let drive = add(dot(x, params[0].weight), params[0].bias)
  let ddrive = add(dot(x, moves[0].weight), moves[0].bias)
  for (let i = 0; i < layers - 1; i++) {
    const [input, dinput] = [drive, ddrive]
    const [spikes, dspikes] = dualNeurons(
      rest[i],
      i === 0 ? () => input : (t) => at(input, t),
      i === 0 ? () => dinput : (t) => at(dinput, t),
    )
    const [next, move] = [params[i + 1], moves[i + 1]]
    if (i < layers - 2) {
      const [s, ds] = [rows(np.stack(spikes.map(r))), rows(np.stack(dspikes.map(r)))]
      drive = add(dot(s, next.weight), next.bias).reshape([steps, batch, -1])
      ddrive = add(add(dot(ds, next.weight), dot(s, move.weight)), move.bias).reshape([steps, batch, -1])
    } else {
      const [s, ds] = [sub(spikes.reduce(add).mul(1 / steps), rest[layers - 1]), dspikes.reduce(add).mul(1 / steps)]
      drive = add(dot(s, next.weight), next.bias)
      ddrive = add(add(dot(ds, next.weight), dot(s, move.weight)), move.bias)
    }
  }
  const residual = sub(drive, y)
  const scale = 1 / (batch * outputs)
  return [
    mul(residual, residual).sum().mul(scale),
    mul(residual, ddrive)
      .sum()
      .mul(2 * scale),
  ]
}

/** Value and derivatives along all directions, by hand: tangents have the directions as their first axis. */
export function dualOfAll(params, moves, x, y, rest) {
  const among = (bias) => r(bias).reshape([directions, 1, -1])
  const hidden = (a) => r(a).reshape([directions, steps * batch, -1])
  let drive = add(dot(x, params[0].weight), params[0].bias)
  let ddrive = add(np.matmul(r(x).reshape([1, batch, -1]), r(moves[0].weight)), among(moves[0].bias))
  for (let i = 0; i < layers - 1; i++) {
    const [input, dinput] = [drive, ddrive]
    const [spikes, dspikes] = dualNeurons(
      rest[i],
      i === 0 ? () => input : (t) => at(input, t),
      i === 0 ? () => dinput : (t) => r(dinput).slice([], t),
    )
    const [next, move] = [params[i + 1], moves[i + 1]]
    const tangent = (s, ds) =>
      add(add(dot(ds, next.weight), np.matmul(r(s).reshape([1, ...s.shape]), r(move.weight))), among(move.bias))
    if (i < layers - 2) {
      const s = rows(np.stack(spikes.map(r)))
      drive = add(dot(s, next.weight), next.bias).reshape([steps, batch, -1])
      ddrive = tangent(s, hidden(np.stack(dspikes.map(r), 1))).reshape([directions, steps, batch, -1])
    } else {
      const [s, ds] = [sub(spikes.reduce(add).mul(1 / steps), rest[layers - 1]), dspikes.reduce(add).mul(1 / steps)]
      drive = add(dot(s, next.weight), next.bias)
      ddrive = tangent(s, ds)
    }
  }
  const residual = sub(drive, y)
  const scale = 1 / (batch * outputs)
  return [
    mul(residual, residual).sum().mul(scale),
    mul(residual, ddrive)
      .sum([1, 2])
      .mul(2 * scale),
  ]
}

/** Value and gradient by a backward loop over time, written by hand. */
export function backwardByHand(params, _key, x, y, rest) {
  const transposed = (a) => r(a).transpose()
  const affine = (a, { weight, bias }) => add(dot(a, weight), bias)
  const [hidden, last] = [params.slice(0, -1), params[layers - 1]]
  const tape = []
  let drive = [affine(x, params[0])]
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
    const s = i < layers - 2 ? rows(np.stack(spikes.map(r))) : sub(spikes.reduce(add).mul(1 / steps), rest[layers - 1])
    tape.push({ zs, s })
    const next = affine(s, params[i + 1])
    drive =
      i < layers - 2 ? Array.from({ length: steps }, (_, t) => at(r(next).reshape([steps, batch, -1]), t)) : [next]
  }
  const residual = sub(drive[0], y)
  const value = np.mean(mul(residual, residual))
  const grads = []
  let back = mul(residual, 2 / (batch * outputs))
  const spread = dot(back, transposed(last.weight)).mul(1 / steps)
  let along = () => spread
  for (let i = layers - 1; i >= 0; i--) {
    const input = i === 0 ? x : tape[i - 1].s
    grads.unshift({ weight: dot(transposed(input), back), bias: r(back).sum(0) })
    if (i === 0) break
    if (i < layers - 1) {
      const all = dot(back, transposed(hidden[i].weight)).reshape([steps, batch, -1])
      along = (t) => at(all, t)
    }
    const { zs } = tape[i - 1]
    const drives = []
    let carry = null
    for (let t = steps - 1; t >= 0; t--) {
      const now = mul(slope(zs[t]), along(t))
      carry = carry === null ? now : add(neuron.beta === 1 ? carry : mul(carry, neuron.beta), now)
      drives.unshift(carry)
    }
    back = i === 1 ? drives.reduce(add) : rows(np.stack(drives.map(r)))
  }
  return [value, grads]
}
