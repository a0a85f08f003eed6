/**
 * Work of a Program, in operations and elements. Every number is exact for the values that the Program was run on.
 *
 * A product is a sum of terms a·b. As in NeuroBench, a term is effective if both factors differ from 0; it is an
 * accumulate (AC) if one side of the product holds only −1, 0 and 1, and otherwise a multiply–accumulate (MAC).
 */
export interface Counts {
  /** Effective accumulates in products. */
  readonly acs: number
  /** Effective multiply–accumulates in products. */
  readonly macs: number
  /** All terms of products, zeros included: the work of dense hardware. */
  readonly dense: number
  /** Multiplications and divisions outside products, one for each element. */
  readonly multiplications: number
  /** Additions, comparisons, selections and logic outside products. */
  readonly additions: number
  /** Exponentials, logarithms, roots, powers and trigonometric functions. */
  readonly functions: number
  /** Random words of 32 bits. */
  readonly random: number
  /** Weights that products read, each once per product: for hardware that reuses a weight for all samples. */
  readonly weightReads: number
  /** Weights that products read, once for each effective term: for hardware that reads a weight for every spike. */
  readonly weightReadsByEvent: number
  /** Weights that an update writes. */
  readonly weightWrites: number
  /** State elements that time steps read. */
  readonly stateReads: number
  /** State elements that time steps write. */
  readonly stateWrites: number
  /** Elements of sequences over time that are written for a later pass, such as stored activations. */
  readonly sequenceWrites: number
  /** Elements of sequences over time that are read. */
  readonly sequenceReads: number
  /** Firing decisions: neurons times samples times steps. */
  readonly decisions: number
  /** Firing decisions that were spikes. */
  readonly spikes: number
}

/** No work. */
export const noCounts: Counts = {
  acs: 0,
  macs: 0,
  dense: 0,
  multiplications: 0,
  additions: 0,
  functions: 0,
  random: 0,
  weightReads: 0,
  weightReadsByEvent: 0,
  weightWrites: 0,
  stateReads: 0,
  stateWrites: 0,
  sequenceWrites: 0,
  sequenceReads: 0,
  decisions: 0,
  spikes: 0,
}

/** Names of all counts. */
export const countNames = Object.keys(noCounts) as readonly (keyof Counts)[]

/** a + b. */
export const addCounts = (a: Counts, b: Counts): Counts =>
  Object.fromEntries(countNames.map((name) => [name, a[name] + b[name]])) as Record<keyof Counts, number>
