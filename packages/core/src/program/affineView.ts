/**
 * The coordinate along each operand axis as a function of the result's coordinates: start + step · coordinate[from], or
 * just start where `from` is null, plus slope · coordinate[along] where `shear` is set.
 */
export interface AffineView {
  readonly axes: readonly {
    readonly from: number | null
    readonly start: number
    readonly step: number
    readonly shear?: { readonly along: number; readonly slope: number }
  }[]
}

/** A rectangle of the result that one operand fills; the operand's axis a is at start[a] + step[a]·i. */
export interface Region {
  readonly operand: number
  readonly start: readonly number[]
  readonly step: readonly number[]
}
