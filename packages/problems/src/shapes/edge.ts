/** A corner of a polygon, or of a mesh in the plane. */
export type Point = readonly [number, number]

/** An edge from a to b, with the inside on its left. */
export type Edge = { readonly a: Point; readonly b: Point; readonly length: number }

export const edgeOf = (a: Point, b: Point): Edge => ({ a, b, length: Math.hypot(b[0] - a[0], b[1] - a[1]) })
