/** Work that runs side by side where it can, in the order of a list where it has a choice. */
import { EventEmitter, once } from 'node:events'

/**
 * @typedef {{
 *   readonly name: string,
 *   readonly after?: string | undefined,
 *   readonly work: () => Promise<unknown>,
 * }} Item work that begins when the item named by `after` has ended
 */

/**
 * Does all of it, `lanes` items at a time: a lane that is free takes the first item of the list that may begin.
 *
 * @param {readonly Item[]} items
 * @param {number} lanes
 * @returns {Promise<void>}
 * @throws where an item waits for one that does not come before it in the list
 */
export async function runInLanes(items, lanes) {
  for (const [i, { name, after }] of items.entries()) {
    if (after !== undefined && !items.slice(0, i).some((other) => other.name === after))
      throw new Error(`${name} waits for ${after}, which does not come before it: move it, or correct the name`)
  }
  const waiting = [...items]
  /** @type {Set<string>} */
  const ended = new Set()
  const news = new EventEmitter()
  const lane = async () => {
    while (waiting.length > 0) {
      const next = waiting.find(({ after }) => after === undefined || ended.has(after))
      if (next === undefined) {
        await once(news, 'ended')
        continue
      }
      waiting.splice(waiting.indexOf(next), 1)
      await next.work()
      ended.add(next.name)
      news.emit('ended')
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}
