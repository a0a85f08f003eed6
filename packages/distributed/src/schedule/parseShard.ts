/**
 * The index and the number of shards in a text such as `2/8`, as the arguments of `shard`; null if the text has another
 * form.
 *
 * @example parseShard('2/8') // [2, 8]
 */
export function parseShard(text: string): readonly [index: number, of: number] | null {
  const [, index, of] = /^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? []
  const [i, n] = [Number(index), Number(of)]
  return i >= 1 && i <= n ? [i, n] : null
}
