import type { Access, Kernel } from '@spikeward/core/backend'

/**
 * The axis along which most accesses are contiguous, where stores count twice. Of equal axes it is the last; null
 * without axes.
 */
export function contiguousAxis(kernel: Kernel, axes: readonly number[]): { axis: number; score: number } | null {
  let best: { axis: number; score: number } | null = null
  for (const axis of axes) {
    const contiguous = (list: readonly Access[]): number => list.filter((a) => Math.abs(a.strides[axis]!) === 1).length
    const score = contiguous(kernel.loads) + 2 * contiguous(kernel.stores)
    if (best === null || score >= best.score) best = { axis, score }
  }
  return best
}

/** The order of axes in a flat index: unchanged, with `fastest` last. */
export const orderedAxes = (axes: readonly number[], fastest: number | undefined): number[] => [
  ...axes.filter((a) => a !== fastest),
  ...(fastest === undefined ? [] : [fastest]),
]

/** WGSL that splits the flat index `flat` into the coordinates c0, c1, … of `axes`, the last one fastest. */
export function coordinates(space: readonly number[], axes: readonly number[], flat: string): string[] {
  const lines: string[] = []
  let rest = flat
  for (let k = axes.length - 1; k >= 0; k--) {
    const axis = axes[k]!
    if (k === 0) lines.push(`let c${axis} = ${rest};`)
    else {
      lines.push(`let c${axis} = ${rest} % ${space[axis]!}u;`, `let q${axis} = ${rest} / ${space[axis]!}u;`)
      rest = `q${axis}`
    }
  }
  return lines
}
