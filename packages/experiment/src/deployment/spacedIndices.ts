/**
 * Evenly spaced indices of a list, its first and its last included, at most `count` of them. The points of a row-major grid must not be
 * taken from the front: they would cover a part of the domain.
 */
export function spacedIndices(length: number, count: number): readonly number[] {
  const taken = Math.min(count, length)
  const step = taken > 1 ? (length - 1) / (taken - 1) : 0
  return Array.from({ length: taken }, (_, i) => Math.round(i * step))
}
