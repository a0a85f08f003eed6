import { mul, normal, zeros } from '@spikeward/core'
import type { Affine, FloatDType, Key } from '@spikeward/core'

/** An affine map with weights N(0, 2/(fan_in + fan_out)) and bias 0 (Glorot & Bengio, AISTATS 2010). */
export const glorot = (key: Key, fanIn: number, fanOut: number, dtype: FloatDType): Affine => ({
  weight: mul(normal(key, [fanIn, fanOut], { dtype }), Math.sqrt(2 / (fanIn + fanOut))),
  bias: zeros([fanOut], dtype),
})
