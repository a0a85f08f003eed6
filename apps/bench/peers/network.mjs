/**
 * A spiking MLP in a JavaScript library of arrays, methods of computing a gradient, and the check of all of them.
 * jax_js.mjs and tfjs.mjs give the operations.
 *
 * Forms of the forward-mode step: `jvp` of the loss where the library has it (the surrogate as a straight-through
 * term), and dual arithmetic written by hand: one direction after another, or the primal once with the tangents of all
 * directions together. Back-propagation: the library's own of the same loss, and a reverse loop written by hand.
 */
import { host, refuse, serve, spec } from './protocol.mjs'

const { time: steps, surrogate, directions } = spec
const { beta, threshold } = spec.neuron
const { alpha } = surrogate
const layers = spec.widths.length - 1
const layerwise = spec.scope === 'layerwise'
const batch = spec.tensors.entries.x.shape[0]
const outputs = spec.widths[layers]

if (!['atan', 'sigmoid', 'triangular'].includes(surrogate.name))
  refuse(`surrogate ${surrogate.name} is not written for this peer`)

/** A function of each weight and each bias. */
export const map = (f, ...trees) =>
  trees[0].map((_, i) => ({
    weight: f(...trees.map((t) => t[i].weight)),
    bias: f(...trees.map((t) => t[i].bias)),
  }))

/**
 * Reports and serves the forms of a library.
 *
 * @param o its operations; they do not consume their arguments. `join` and `parts` put the time steps of an axis one
 *   after another, and take them apart; `held` has a zero derivative; `spike(fire, slope)` fires and has that slope;
 *   `run(f, ...args)` gives the numbers of tensors that f returns; `trainer(gradient, output)` compiles Adam's step;
 *   `jvp` and `jvpOfAll`, if it has them, give a value and its derivatives.
 */
export async function serveNetwork(o) {
  const { add, sub, mul, matMul, reshape, sum, join, parts, zerosLike, positive: fire } = o
  const leak = (u) => (beta === 1 ? u : mul(u, beta))
  const affine = (a, { weight, bias }) => add(matMul(a, weight), bias)
  const total = (all) => all.reduce((a, b) => add(a, b))
  const rateOf = (spikes) => mul(total(spikes), 1 / steps)
  const at = (all, t) => all[all.length === 1 ? 0 : t]

  function slope(z) {
    if (surrogate.name === 'atan') {
      const scaled = mul(z, (Math.PI * alpha) / 2)
      return mul(o.reciprocal(add(mul(scaled, scaled), 1)), alpha / 2)
    }
    if (surrogate.name === 'triangular') return mul(o.relu(add(mul(o.abs(z), -alpha), 1)), alpha)
    const s = o.sigmoid(mul(z, alpha))
    return mul(mul(s, add(mul(s, -1), 1)), alpha)
  }
  const spike = o.spike(fire, slope)

  /** Runs a layer of neurons under a drive of one step, or of each; `fires(z, t)` returns its spikes. */
  function neurons(rest, drive, fires) {
    let u = o.tile(rest, batch)
    let before = fire(sub(u, threshold))
    const out = []
    for (let t = 0; t < steps; t++) {
      u = sub(add(leak(u), at(drive, t)), mul(before, threshold))
      const s = fires(sub(u, threshold), t)
      out.push(s)
      before = o.held(s)
    }
    return out
  }

  /** The output for a batch of points, and the input of every layer; `fires(z, layer)` returns its spikes. */
  function forward(params, x, { rest, centre }, fires) {
    const inputs = [x]
    let drive = [affine(x, params[0])]
    for (let i = 1; i < layers; i++) {
      const spikes = neurons(rest[i - 1], drive, (z) => fires(z, i - 1))
      inputs.push(i < layers - 1 ? join(spikes, 0) : sub(rateOf(spikes), centre))
      const next = affine(inputs[i], params[i])
      drive = i < layers - 1 ? parts(next, 0) : [next]
    }
    return { y: drive[0], inputs }
  }
  const output = (params, x, fixed) => forward(params, x, fixed, (z) => spike(z)).y
  const squared = (residual) => mul(sum(mul(residual, residual)), 1 / (batch * outputs))
  const loss = (params, x, y, fixed) => squared(sub(output(params, x, fixed), y))

  /** Value and derivative along one direction by hand; with `all`, along all directions, the first axis of tangents. */
  const dual = (all) => (params, moves, x, y, fixed) => {
    const moved = (s, { weight, bias }) =>
      all
        ? add(matMul(reshape(s, [1, ...s.shape]), weight), reshape(bias, [directions, 1, -1]))
        : affine(s, { weight, bias })
    const carried = (ds, w) =>
      all ? reshape(matMul(reshape(ds, [-1, w.shape[0]]), w), [directions, -1, w.shape[1]]) : matMul(ds, w)
    const axis = all ? 1 : 0
    let [drive, ddrive] = [[affine(x, params[0])], [moved(x, moves[0])]]
    for (let i = 1; i < layers; i++) {
      const dspikes = []
      let du = null
      const spikes = neurons(fixed.rest[i - 1], drive, (z, t) => {
        du = du === null ? at(ddrive, t) : add(leak(du), at(ddrive, t))
        dspikes.push(mul(slope(z), du))
        return fire(z)
      })
      const isLast = i === layers - 1
      const [s, ds] = isLast
        ? [sub(rateOf(spikes), fixed.centre), rateOf(dspikes)]
        : [join(spikes, 0), join(dspikes, axis)]
      const [next, dnext] = [affine(s, params[i]), add(carried(ds, params[i].weight), moved(s, moves[i]))]
      ;[drive, ddrive] = isLast ? [[next], [dnext]] : [parts(next, 0), parts(dnext, axis)]
    }
    const residual = sub(drive[0], y)
    const along = sum(mul(residual, ddrive[0]), all ? [1, 2] : undefined)
    return [squared(residual), mul(along, 2 / (batch * outputs))]
  }

  /** Value and gradient by a backward loop over time, written by hand. */
  function backwardByHand(params, _draw, x, y, fixed) {
    const tape = Array.from({ length: layers - 1 }, () => [])
    const { y: found, inputs } = forward(params, x, fixed, (z, i) => {
      tape[i].push(z)
      return fire(z)
    })
    const residual = sub(found, y)
    const grads = []
    let back = mul(residual, 2 / (batch * outputs))
    for (let i = layers - 1; i >= 0; i--) {
      grads.unshift({ weight: matMul(inputs[i], back, true), bias: sum(back, 0) })
      if (i === 0) break
      const before = matMul(back, params[i].weight, false, true)
      const along = i < layers - 1 ? parts(before, 0) : [mul(before, 1 / steps)]
      const drives = []
      let carry = null
      for (let t = steps - 1; t >= 0; t--) {
        const now = mul(slope(tape[i - 1][t]), at(along, t))
        carry = carry === null ? now : add(leak(carry), now)
        drives.unshift(carry)
      }
      back = i === 1 ? total(drives) : join(drives, 0)
    }
    return [squared(residual), grads]
  }
  const backward = (params, _draw, x, y, fixed) => o.valueAndGrad((p) => loss(p, x, y, fixed), params)

  /** The random forward gradient from `derivative`: one direction after another (global), or K per layer. */
  const forwardGradient = (derivative) => (params, draw, x, y, fixed) => {
    let value = null
    let grad = null
    for (let k = 0; k < directions; k++) {
      const moves = map((p) => draw(p.shape), params)
      const blocks = layerwise
        ? moves.map((_, l) => moves.map((own, j) => (j === l ? own : map(zerosLike, [own])[0])))
        : [moves]
      for (const part of blocks) {
        const [v, along] = derivative(params, part, x, y, fixed)
        value ??= v
        const term = map((m) => mul(m, along), part)
        grad = grad === null ? term : map(add, grad, term)
      }
    }
    return [value, map((g) => mul(g, 1 / directions), grad)]
  }

  /** The same from a `derivative` that takes all directions at once; global only. */
  const forwardGradientAtOnce = (derivative) => (params, draw, x, y, fixed) => {
    const moves = map((p) => draw([directions, ...p.shape]), params)
    const [value, slopes] = derivative(params, moves, x, y, fixed)
    const weights = reshape(mul(slopes, 1 / directions), [1, directions])
    return [value, map((m, p) => reshape(matMul(weights, reshape(m, [directions, -1])), p.shape), moves, params)]
  }

  const tensor = (name) => o.tensor(host(name))
  const paramsOf = (prefix) =>
    Array.from({ length: layers }, (_, i) => ({
      weight: tensor(`${prefix}layers.${i}.weight`),
      bias: tensor(`${prefix}layers.${i}.bias`),
    }))
  const [x, y] = ['x', 'y'].map(tensor)
  const fixed = {
    rest: Array.from({ length: layers - 1 }, (_, i) => tensor(`rest.${i}`)),
    centre: tensor('centre'),
  }

  /** Loss and derivative along the given direction. */
  async function check({ gradient, derivative, isOfAll }) {
    // That direction times one, two, three …: the result shows whether every multiple arrives at its own place.
    const counted = (m) => o.stack(Array.from({ length: directions }, (_, k) => mul(m, k + 1)))
    const along = (params, moves, ...data) => {
      if (derivative !== undefined) return derivative(params, isOfAll ? map(counted, moves) : moves, ...data)
      const [value, grad] = gradient(params, null, ...data)
      return [value, total(map((g, m) => sum(mul(g, m)), grad, moves).flatMap((l) => [l.weight, l.bias]))]
    }
    const [[value], slopes] = await o.run(along, paramsOf(''), paramsOf('direction.'), x, y, fixed)
    const found = Array.from(slopes, (d, k) => d / (k + 1))
    const astray = found.some((d) => Math.abs(d - found[0]) > 1e-4 * Math.max(Math.abs(found[0]), 0.1))
    return [value, astray ? Number.NaN : found[0]]
  }

  const one = (derivative, byHand) => ({ gradient: forwardGradient(derivative), derivative, byHand })
  const ofAll = (derivative, byHand) => ({
    ...{ gradient: forwardGradientAtOnce(derivative), derivative, byHand, isOfAll: true },
  })
  const { jit } = o.names
  const candidates =
    spec.estimator === 'bp'
      ? {
          [o.names.reverse]: { gradient: backward, byHand: false },
          [`a backward loop by hand${jit}`]: { gradient: backwardByHand, byHand: true },
        }
      : {
          ...(o.jvp === undefined ? {} : { 'jvp under jit': one(o.jvp(loss), false) }),
          [`dual arithmetic${jit}`]: one(dual(false), true),
          ...(directions > 1 && !layerwise
            ? {
                ...(o.jvp === undefined ? {} : { 'jvp under vmap and jit': ofAll(o.jvpOfAll(loss), false) }),
                [`dual arithmetic of all directions${jit}`]: ofAll(dual(true), true),
              }
            : {}),
        }
  const predict = o.predictor(output, fixed)
  const forms = Object.entries(candidates).map(([name, form]) => {
    const start = o.trainer(form.gradient, fixed, () => paramsOf(''))
    let timed = null
    const begin = () => {
      const { step, params, dispose } = start()
      const onHost = (values) => o.tensor({ shape: [batch, values.length / batch], values })
      return {
        async step(...numbers) {
          const [rate, ...points] = [numbers.pop(), ...numbers.map(onHost)]
          await step(...points, rate)
          o.free(points)
        },
        predict: (values) => predict(params(), onHost(values)),
        dispose,
      }
    }
    const step = () => (timed ??= start()).step(x, y, spec.optimizer.learningRate)
    return [name, { check: () => check(form), step, start: begin, byHand: form.byHand }]
  })
  await serve(o, Object.fromEntries(forms), batch)
}
