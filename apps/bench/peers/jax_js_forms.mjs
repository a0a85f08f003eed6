/**
 * Steps and trainings of the network of jax_js.mjs: methods of computing a gradient, Adam, and the check of all of
 * them.
 *
 * Forms of the forward-mode step: `jvp` of the loss (the surrogate as a straight-through term), one direction after
 * another or all of them under `vmap`; and dual arithmetic written by hand, one direction after another or the primal
 * once with the tangents of all directions together. Back-propagation: `valueAndGrad` of the same loss, and a reverse
 * loop written by hand.
 */
import { readFileSync } from 'node:fs'
import { add, backwardByHand, dot, dual, dualOfAll, loss, mul, r, sub } from './jax_js.mjs'
import { adapter, directions, fixed, host, jax, layers, layersOf, refuse, spec } from './jax_js.mjs'
import { clock } from './protocol.mjs'

const { jit, jvp, numpy: np, random, tree, valueAndGrad, vmap } = jax
const { optimizer } = spec
const layerwise = spec.scope === 'layerwise'

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

/** The random forward gradient from `derivative`: one direction after another (global), or K per layer. */
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

/** The same from a `derivative` that takes all directions at once; global only. */
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

/**
 * A training step under `jit`: takes state, points, targets, fixed data and the learning rate, and returns the next
 * state.
 */
export function makeUpdate(gradient) {
  const { b1, b2, eps } = optimizer
  return jit((state, x, y, rest, rate) => {
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
        return sub(p, mul(r(m).div(r(c1)).div(root), rate))
      },
      state.params,
      m,
      v,
    )
    return { params, m, v, count, key: next, value }
  })
}

/** The state before the first step. */
export function firstState() {
  const zeros = () => map((a) => np.zerosLike(a), layersOf(''))
  return { params: layersOf(''), m: zeros(), v: zeros(), count: np.array(0), key: random.key(0) }
}

function makeStep(gradient) {
  const run = makeUpdate(gradient)
  const data = [host('x'), host('y'), fixed(), np.array(optimizer.learningRate)]
  let state = firstState()
  return async () => {
    const { value, ...next } = run(state, ...tree.ref(data))
    state = next
    return (await value.data())[0]
  }
}

/** The forms by name. */
export const candidates =
  spec.estimator === 'bp'
    ? {
        'valueAndGrad under jit': { gradient: backward, byHand: false },
        'a backward loop by hand under jit': { gradient: backwardByHand, byHand: true },
      }
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

/** Loss and derivative along the given direction. */
async function check({ gradient, derivative, along: ofAll }) {
  const args = [host('x'), host('y'), fixed()]
  const moves = layersOf('direction.')
  if (derivative !== undefined) {
    const [value, along] = jit(derivative)(layersOf(''), moves, ...args)
    return [(await value.data())[0], (await along.data())[0]]
  }
  if (ofAll !== undefined) {
    // That direction times one, two, three …: the result shows whether every multiple arrives at its own place.
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

/** Checks every form, times a few steps of it, and reports it; returns the steps by name. */
export async function ready() {
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
      process.stderr.write(
        `jax-js: form '${name}' does not run: ${error instanceof Error ? error.stack : String(error)}\n`,
      )
    }
  }
  // Alternating rounds, so that a temporarily busy machine does not decide which form is the fastest.
  for (let round = 0; round < 3; round++)
    for (const form of forms) form.ms = Math.min(form.ms, ...(await clock(running[form.name], 1)))
  if (forms.length === 0) refuse('no form of the step runs; see the messages above')
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.resolve('@jax-js/jax')), 'utf8'))
  process.stdout.write(`${JSON.stringify({ ready: true, version, threads: 1, adapter, forms })}\n`)
  return running
}
