/** Whether a coordinate belongs to a side, up to `tolerance`. */
export type Side = { readonly axis: number; holds(coordinate: number, tolerance: number): boolean }

const holds = {
  '=': (x: number, at: number, tolerance: number) => Math.abs(x - at) <= tolerance,
  '<': (x: number, at: number, tolerance: number) => x < at - tolerance,
  '>': (x: number, at: number, tolerance: number) => x > at + tolerance,
} as const

/**
 * The side of a shape that a text selects: `x = 0`, `x < 0.5` or `y > 1`.
 *
 * @returns null for other texts, and for an axis that the shape does not have
 */
export function sideOf(text: string, axes: readonly string[]): Side | null {
  const [, name = '', sign = '', number = ''] = /^\s*(\w+)\s*([=<>])\s*(\S+)\s*$/.exec(text) ?? []
  const axis = axes.indexOf(name)
  const at = Number(number)
  if (axis < 0 || number === '' || !Number.isFinite(at)) return null
  return { axis, holds: (x, tolerance) => holds[sign as keyof typeof holds](x, at, tolerance) }
}
