/** A fault of a reader: it accepted altered content as the original. */
export class Accepted extends Error {
  override readonly name = 'Accepted'
}
