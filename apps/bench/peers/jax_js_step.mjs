/**
 * One training step of a spiking MLP in jax-js under `jit`, on its WebAssembly backend or, where the specification's
 * `device` is webgpu, on its WebGPU backend, for comparison. The protocol is that of torch_step.py: a specification's
 * path as argument; one JSON line when ready; then `n form` on standard input runs n steps of that form and answers
 * their times.
 *
 * Forms of the forward-mode step: `jvp` of the loss (the surrogate as a straight-through term), one direction after
 * another or all of them under `vmap`; and dual arithmetic written by hand, one direction after another or the primal
 * once and the tangents of all side by side. Back-propagation: `valueAndGrad` of the same loss. jax-js has no `scan`:
 * time is unrolled.
 */
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { openGpu, patiently } from './gpu.mjs'

const spec = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const adapter = spec.device === 'webgpu' ? await openGpu() : null
const { defaultDevice, init, jit, jvp, lax, nn, numpy, random, tree, valueAndGrad, vmap } = await import('@jax-js/jax')
const np = numpy
const { time: steps, neuron, surrogate, optimizer, directions } = spec
const layers = spec.widths.length - 1
const alpha = surrogate.alpha
const layerwise = spec.scope === 'layerwise'

function refuse(why) {
  process.stdout.write(`${JSON.stringify({ ready: false, reason: why })}\n`)
  process.exit(0)
}
if (neuron.reset !== 'subtract' && neuron.reset !== 'none') refuse(`reset ${neuron.reset} is not written for this peer`)
if (!neuron.detached) refuse('a reset that is not detached is not written for this peer')
if (!['atan', 'sigmoid'].includes(surrogate.name)) refuse(`surrogate ${surrogate.name} is not written for this peer`)
const device = spec.device === 'webgpu' ? 'webgpu' : 'wasm'
if (!(await init(device)).includes(device)) refuse(`it has no ${device} here`)
defaultDevice(device)

const raw = readFileSync(spec.tensors.file)
const host = (name) => {
  const { offset, shape } = spec.tensors.entries[name]
  const size = shape.reduce((a, b) => a * b, 1)
  return np.array(new Float32Array(raw.buffer, raw.byteOffset + 4 * offset, size).slice()).reshape(shape)
}
const layersOf = (prefix) =>
  Array.from({ length: layers }, (_, i) => ({
    weight: host(`${prefix}layers.${i}.weight`),
    bias: host(`${prefix}layers.${i}.bias`),
  }))
/** Initial membranes of every hidden layer, and last the mean rates that the readout is centred at. */
const fixed = () => [...Array.from({ length: layers - 1 }, (_, i) => host(`rest.${i}`)), host('centre')]
const batch = spec.tensors.entries.x.shape[0]
const outputs = spec.widths[layers]

// Operations that leave their arguments alive, so that the formulas below read as formulas.
const r = (a) => (typeof a === 'number' ? a : a.ref)
const add = (a, b) => r(a).add(r(b))
const sub = (a, b) => r(a).sub(r(b))
const mul = (a, b) => r(a).mul(r(b))
const dot = (a, b) => np.matmul(r(a), r(b))
const fire = (z) => (neuron.inclusive ? np.greaterEqual(r(z), 0) : np.greater(r(z), 0)).astype(np.float32)
const rows = (a) => r(a).reshape([steps * batch, -1])
const late = neuron.reset === 'subtract' && neuron.delayed && neuron.beta !== 1

function slope(z) {
  if (surrogate.name === 'atan') {
    const scaled = mul(z, (Math.PI * alpha) / 2)
    return np.reciprocal(add(mul(scaled, scaled), 1)).mul(alpha / 2)
  }
  const s = nn.sigmoid(mul(z, alpha))
  return mul(mul(s, sub(np.onesLike(r(s)), s)), alpha)
}

/** A function whose derivative is the slope. */
function primitiveOfSlope(z) {
  return surrogate.name === 'atan' ? np.atan(mul(z, (Math.PI * alpha) / 2)).mul(1 / Math.PI) : nn.sigmoid(mul(z, alpha))
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

function loss(params, x, y, rest) {
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
  const residual = sub(drive, y)
  return np.mean(mul(residual, residual))
}

/** Value and derivative along one direction, by hand. */
function dual(params, moves, x, y, rest) {
  let drive = add(dot(x, params[0].weight), params[0].bias)
  let ddrive = add(dot(x, moves[0].weight), moves[0].bias)
  for (let i = 0; i < layers - 1; i++) {
    const [input, dinput] = [drive, ddrive]
    const spikes = []
    const dspikes = []
    let du = null
    neurons(rest[i], i === 0 ? () => input : (t) => at(input, t), (z) => {
      const t = spikes.length
      const now = i === 0 ? dinput : at(dinput, t)
      du = du === null ? now : add(neuron.beta === 1 ? du : mul(du, neuron.beta), now)
      dspikes.push(mul(slope(z), du))
      spikes.push(fire(z))
      return spikes[t]
    })
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
function dualOfAll(params, moves, x, y, rest) {
  const among = (bias) => r(bias).reshape([directions, 1, -1])
  const hidden = (a) => r(a).reshape([directions, steps * batch, -1])
  let drive = add(dot(x, params[0].weight), params[0].bias)
  let ddrive = add(dot(x, moves[0].weight), among(moves[0].bias))
  for (let i = 0; i < layers - 1; i++) {
    const [input, dinput] = [drive, ddrive]
    const spikes = []
    const dspikes = []
    let du = null
    neurons(rest[i], i === 0 ? () => input : (t) => at(input, t), (z) => {
      const t = spikes.length
      const now = i === 0 ? dinput : r(dinput).slice([], t)
      du = du === null ? now : add(neuron.beta === 1 ? du : mul(du, neuron.beta), now)
      dspikes.push(mul(slope(z), du))
      spikes.push(fire(z))
      return spikes[t]
    })
    const [next, move] = [params[i + 1], moves[i + 1]]
    const tangent = (s, ds) => add(add(dot(ds, next.weight), dot(s, move.weight)), among(move.bias))
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

/** `jvp` of the loss along all directions under `vmap`. */
const jvpOfAll = (params, moves, x, y, rest) => {
  const [values, slopes] = vmap((v) => byJvp(params, v, x, y, rest))(moves)
  return [values.slice(0), slopes]
}
const byJvp = (params, moves, x, y, rest) => jvp((p) => loss(p, x, y, rest), [params], [moves])
const map = (f, ...trees) =>
  trees[0].map((_, i) => ({
    weight: f(...trees.map((t) => t[i].weight)),
    bias: f(...trees.map((t) => t[i].bias)),
  }))

function draw(key, like) {
  const keys = random.split(key, 2 * like.length)
  return like.map((layer, i) => ({
    weight: random.normal(r(keys).slice(2 * i), layer.weight.shape),
    bias: random.normal(r(keys).slice(2 * i + 1), layer.bias.shape),
  }))
}

/** The random forward gradient by `derivative`: one direction after another (global), or K for every layer. */
function forwardGradient(derivative) {
  return (params, key, x, y, rest) => {
    let value = null
    let grad = null
    const keys = random.split(key, directions)
    for (let k = 0; k < directions; k++) {
      const moves = draw(r(keys).slice(k), params)
      const parts = layerwise
        ? moves.map((_, l) =>
            map(
              (m, own) => mul(m, own),
              moves,
              moves.map((layer, j) => map((a) => np.zerosLike(r(a)).add(j === l ? 1 : 0), [layer])[0]),
            ),
          )
        : [moves]
      for (const part of parts) {
        const [v, along] = derivative(params, part, x, y, rest)
        value ??= v
        const term = map((m) => mul(m, along), part)
        grad = grad === null ? term : map(add, grad, term)
      }
    }
    return [value, map((g) => mul(g, 1 / directions), grad)]
  }
}

/** The same by a `derivative` that takes all directions at once; global only. */
function forwardGradientAtOnce(derivative) {
  return (params, key, x, y, rest) => {
    const keys = random.split(key, 2 * layers)
    const moves = params.map((layer, i) => ({
      weight: random.normal(r(keys).slice(2 * i), [directions, ...layer.weight.shape]),
      bias: random.normal(r(keys).slice(2 * i + 1), [directions, ...layer.bias.shape]),
    }))
    const [value, slopes] = derivative(params, moves, x, y, rest)
    const weighed = (m) => dot(slopes, r(m).reshape([directions, -1])).reshape(m.shape.slice(1))
    return [value, map((m) => mul(weighed(m), 1 / directions), moves)]
  }
}

const backward = (params, _key, x, y, rest) => valueAndGrad((p) => loss(p, x, y, rest))(params)

function makeStep(gradient) {
  const { b1, b2, eps, learningRate } = optimizer
  const run = jit((state, x, y, rest) => {
    const [key, next] = [0, 1].map((i) => random.split(r(state.key), 2).slice(i))
    const [value, grad] = gradient(state.params, key, x, y, rest)
    const count = add(state.count, 1)
    const correct = (b) =>
      np
        .exp(mul(count, Math.log(b)))
        .mul(-1)
        .add(1)
    const m = map((m, g) => add(mul(m, b1), mul(g, 1 - b1)), state.m, grad)
    const v = map((v, g) => add(mul(v, b2), mul(mul(g, g), 1 - b2)), state.v, grad)
    const [c1, c2] = [correct(b1), correct(b2)]
    const params = map(
      (p, m, v) => {
        const root = np.sqrt(r(v).div(r(c2))).add(eps)
        return sub(p, r(m).div(r(c1)).div(root).mul(learningRate))
      },
      state.params,
      m,
      v,
    )
    return { params, m, v, count, key: next, value }
  })
  const data = [host('x'), host('y'), fixed()]
  const zeros = () => map((a) => np.zerosLike(a), layersOf(''))
  let state = { params: layersOf(''), m: zeros(), v: zeros(), count: np.array(0), key: random.key(0) }
  return async () => {
    const { value, ...next } = run(state, ...tree.ref(data))
    state = next
    return (await value.data())[0]
  }
}

const candidates =
  spec.estimator === 'bp'
    ? { 'valueAndGrad under jit': { gradient: backward, byHand: false } }
    : {
        'jvp under jit': { gradient: forwardGradient(byJvp), derivative: byJvp, byHand: false },
        'dual arithmetic under jit': { gradient: forwardGradient(dual), derivative: dual, byHand: true },
        ...(directions > 1 && !layerwise
          ? {
              'jvp under vmap and jit': { gradient: forwardGradientAtOnce(jvpOfAll), along: jvpOfAll, byHand: false },
              'dual arithmetic of all directions under jit': {
                gradient: forwardGradientAtOnce(dualOfAll),
                along: dualOfAll,
                byHand: true,
              },
            }
          : {}),
      }

/** Loss and derivative along the direction that we were told. */
async function check({ gradient, derivative, along: ofAll }) {
  const args = [host('x'), host('y'), fixed()]
  const moves = layersOf('direction.')
  if (derivative !== undefined) {
    const [value, along] = jit(derivative)(layersOf(''), moves, ...args)
    return [(await value.data())[0], (await along.data())[0]]
  }
  if (ofAll !== undefined) {
    // That direction once, twice, thrice …: every one has to arrive at its own place.
    const counted = (m) => np.stack(Array.from({ length: directions }, (_, k) => mul(m, k + 1)))
    const [value, slopes] = jit(ofAll)(layersOf(''), map(counted, moves), ...args)
    const found = Array.from(await slopes.data(), (d, k) => d / (k + 1))
    const [first] = found
    const astray = found.some((d) => Math.abs(d - first) > 1e-4 * Math.max(Math.abs(first), 0.1))
    return [(await value.data())[0], astray ? Number.NaN : first]
  }
  const [value, grad] = jit((p, ...rest) => gradient(p, null, ...rest))(layersOf(''), ...args)
  const parts = map((g, m) => mul(g, m).sum(), grad, moves).flatMap((l) => [l.weight, l.bias])
  return [(await value.data())[0], (await parts.reduce(add).data())[0]]
}

async function clock(step, n) {
  const times = []
  for (let i = 0; i < n; i++) {
    const start = performance.now()
    await (adapter === null ? step() : patiently(step()))
    times.push(performance.now() - start)
  }
  return times
}

const running = {}
const forms = []
for (const [name, form] of Object.entries(candidates)) {
  try {
    const [value, along] = await check(form)
    const step = makeStep(form.gradient)
    await clock(step, 2)
    running[name] = step
    forms.push({ name, ms: Number.POSITIVE_INFINITY, loss: value, along, byHand: form.byHand })
  } catch (error) {
    process.stderr.write(`jax-js: form '${name}' does not run: ${error instanceof Error ? error.stack : error}\n`)
  }
}
// In turns, so that a machine that is busy for a while does not decide which form is the fastest.
for (let round = 0; round < 3; round++)
  for (const form of forms) form.ms = Math.min(form.ms, ...(await clock(running[form.name], 1)))
if (forms.length === 0) refuse('no form of the step runs; see the messages above')
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.resolve('@jax-js/jax')), 'utf8'))
process.stdout.write(`${JSON.stringify({ ready: true, version, threads: 1, adapter, forms })}\n`)

for await (const line of createInterface({ input: process.stdin })) {
  const [, n, name] = /^(\d+) (.*)$/.exec(line)
  process.stdout.write(`${JSON.stringify({ times: await clock(running[name], Number(n)) })}\n`)
}
process.exit(0)
