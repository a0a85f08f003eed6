/** A violation by a reader: it accepted altered content as the original. */
export class Accepted extends Error {
  override readonly name = 'Accepted'
}
