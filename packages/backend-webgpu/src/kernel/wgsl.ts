import { SpikewardError, type DType } from '@spikeward/core/backend'
import type { Operands } from '../device/traits.js'

/** The WGSL type of a value that a kernel computes with. */
export function typeOf(dtype: DType): string {
  if (dtype === 'f64')
    throw new SpikewardError(
      'UNSUPPORTED_DTYPE',
      'webgpu has no f64, since WGSL has no double precision; use f32, or the cpu or native backend',
    )
  return dtype
}

/** An unsigned constant; negative numbers wrap, since addresses are computed modulo 2³². */
export const u32 = (x: number): string => `${x >>> 0}u`

/**
 * A constant of a dtype. Floats without a WGSL literal, or that WGSL may flush to zero, are made from their bits at run
 * time.
 */
export function constant(dtype: DType, value: number): string {
  switch (dtype) {
    case 'i32':
      return value === -2147483648 ? 'i32(-2147483647 - 1)' : `${value | 0}i`
    case 'u32':
      return u32(value)
    case 'bool':
      return value !== 0 ? 'true' : 'false'
    default:
      return float(value, dtype)
  }
}

function float(value: number, dtype: DType): string {
  typeOf(dtype)
  const x = Math.fround(value)
  const magnitude = Math.abs(x)
  if (magnitude >= 2 ** -126 && magnitude < Infinity) return `${x}f`
  const bits = new Uint32Array(Float32Array.of(x).buffer)[0]!
  return bits === 0 ? '0f' : `raw(${bits}u)`
}

/** The 32 bits of `value` as memory holds them. */
export function toBits(dtype: DType, value: string): string {
  if (dtype === 'bool') return `select(0u, 1u, ${value})`
  return dtype === 'u32' ? value : `bitcast<u32>(${value})`
}

/** A value from its 32 bits in memory. */
export function fromBits(dtype: DType, bits: string): string {
  if (dtype === 'bool') return `(${bits} != 0u)`
  return dtype === 'u32' ? bits : `bitcast<${typeOf(dtype)}>(${bits})`
}

/** An operand of a dense product from its 32 bits in memory, rounded to the operand type. */
export const factor = (operands: Operands, bits: string): string =>
  operands === 'f16' ? `quantizeToF16(bitcast<f32>(${bits}))` : `bitcast<f32>(${bits})`
