import {
  add,
  affine,
  cast,
  customJvp,
  div,
  equal,
  greater,
  iota,
  key,
  mean,
  mul,
  normal,
  scan,
  sigmoid,
  square,
  sub,
  zeros,
} from '@spikeward/core'
import type { FloatDType, Loss, SequenceParts, Tensor, Tree } from '@spikeward/core'

/** Weights of a recurrent layer of three leaky neurons with learned leaks, and of its readout. */
export type SequenceParams = {
  readonly input: { readonly weight: Tensor; readonly bias: Tensor }
  readonly leak: Tensor
  readonly readout: { readonly weight: Tensor; readonly bias: Tensor }
  readonly recurrent: Tensor
}

type Drive = { readonly x: Tensor; readonly target: Tensor }

const [SAMPLES, STEPS, INPUTS, NEURONS, OUTPUTS, LEAK] = [4, 7, 2, 3, 2, 0.6]

/** A step with the slope 1/(1 + (2u)²). */
const fire = customJvp(
  (u: Tensor): Tensor => cast(greater(u, 0), u.dtype),
  ([u], [du]) => [cast(greater(u!, 0), u!.dtype), div(du!, add(1, square(mul(u!, 2))))],
)

/**
 * A loss over time whose recurrent weights are all zero, zero but on the diagonal, or full. The reset passes
 * derivatives, and the loss depends on every step.
 */
export function sequenceLoss(
  recurrence: 'none' | 'diagonal' | 'full',
  dtype: FloatDType = 'f64',
): { readonly loss: Loss<SequenceParams>; readonly params: SequenceParams } {
  const drive = {
    x: normal(key(1), [STEPS, SAMPLES, INPUTS], { dtype }),
    target: normal(key(2), [STEPS, SAMPLES, OUTPUTS], { dtype }),
  }
  const eye = cast(equal(iota([NEURONS, NEURONS], 0, 'i32'), iota([NEURONS, NEURONS], 1, 'i32')), dtype)
  const full = mul(normal(key(3), [NEURONS, NEURONS], { dtype }), 0.8)
  const params: SequenceParams = {
    input: {
      weight: normal(key(4), [INPUTS, NEURONS], { dtype }),
      bias: add(mul(normal(key(5), [NEURONS], { dtype }), 0.2), 0.4),
    },
    leak: normal(key(6), [NEURONS], { dtype }),
    readout: { weight: normal(key(7), [NEURONS, OUTPUTS], { dtype }), bias: zeros([OUTPUTS], dtype) },
    recurrent: recurrence === 'full' ? full : recurrence === 'diagonal' ? mul(full, eye) : mul(full, 0),
  }
  const neuron = ({ leak }: SequenceParams, u: Tensor, current: Tensor) => {
    const charged = add(mul(u, sigmoid(leak)), current)
    const output = fire(sub(charged, 1))
    return { state: sub(charged, output), output }
  }
  const head = (y: Tensor, target: Tensor): Tensor => mean(square(sub(y, target)), 1)
  const silent = zeros([SAMPLES, NEURONS], dtype)
  type State = { readonly u: Tensor; readonly z: Tensor; readonly r: Tensor }
  const sequence: SequenceParts<SequenceParams> = {
    samples: SAMPLES,
    drive,
    rest: () => ({ u: silent, z: silent, r: silent }),
    step(p, before, now) {
      const { u, z, r } = before as State
      const current = add(affine(p.input, (now as Drive).x), affine({ weight: p.recurrent }, z))
      const { state, output } = neuron(p, u, current)
      const rates = add(mul(r, LEAK), mul(output, 1 - LEAK))
      return [{ u: state, z: output, r: rates }, affine(p.readout, rates)]
    },
    head: (y, now) => head(y, (now as Drive).target),
  }
  const loss = (p: SequenceParams): Tensor => {
    const [[, losses]] = scan(
      ([state, sum]: [Tree, Tensor], now: Drive): [[Tree, Tensor], Tree] => {
        const [next, y] = sequence.step(p, state, now)
        return [[next, add(sum, sequence.head(y, now))], []]
      },
      [sequence.rest(), zeros([SAMPLES], dtype)],
      drive,
    )
    return mean(losses)
  }
  return { loss: Object.assign(loss, { sequence }), params }
}
