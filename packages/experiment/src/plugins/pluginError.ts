import { SpikewardError } from '@spikeward/core'
import { messageOf, usageError } from '../usage/usageError.js'
import { shorten } from '../usage/shorten.js'
import type { UsageError } from '../usage/usageError.js'
import { isPath } from './reference.js'
import type { Reference } from './reference.js'

/** The location of a plug-in, for messages. */
const homeOf = ({ specifier }: Reference): string =>
  isPath(specifier) ? `the file ${specifier}` : `the package ${specifier}`

/** The first line of the message of a thrown value. */
export const reasonOf = (thrown: unknown): string =>
  shorten(textOf(thrown).split('\n')[0] ?? '', 300) || 'no reason given'

function textOf(thrown: unknown): string {
  try {
    if (thrown instanceof SpikewardError) return messageOf(thrown)
    return String(thrown instanceof Error ? thrown.message : thrown)
  } catch {
    // A record without a prototype has no text, and the text of a proxy is code of the plug-in.
    return 'something that has no text'
  }
}

/**
 * The error for a plug-in that violates its contract. It names the plug-in and its package.
 *
 * @param wrong the violation, as a clause: `estimate returns no stats`
 */
export const pluginError = (plugin: Reference, wrong: string, cause?: unknown): UsageError =>
  usageError(
    'CLI_PLUGIN',
    `the ${plugin.what} ${plugin.text}: ${wrong}; correct it in ${homeOf(plugin)} according to the contract in @spikeward/core`,
    cause,
  )

/**
 * Runs a function of a plug-in. Its exceptions become errors that name the plug-in. A coded error of the library keeps
 * its code, so that an option that the plug-in refuses reads as every other refused option.
 *
 * @param part the function, for the message: `estimate`
 */
export function callPlugin<T>(plugin: Reference, part: string, call: () => T): T {
  let result: T
  try {
    result = call()
  } catch (thrown) {
    throw thrownBy(plugin, part, thrown)
  }
  if (inspected(plugin, `the result of ${part}`, () => isThenable(result))) {
    // The promise is abandoned here; its rejection would end the process.
    void Promise.resolve(result).catch(() => undefined)
    throw pluginError(plugin, `${part} returns a promise, but it must return its result synchronously`)
  }
  return result
}

/**
 * Reads what a plug-in made: its getters and proxies are code of the plug-in, and may throw.
 *
 * @param part what is read, for the message: `the result of estimate`
 */
export function inspected<T>(plugin: Reference, part: string, look: () => T): T {
  try {
    return look()
  } catch (thrown) {
    throw thrownBy(plugin, `reading ${part}`, thrown)
  }
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'

function isCoded(thrown: unknown): thrown is SpikewardError {
  try {
    return thrown instanceof SpikewardError
  } catch {
    return false
  }
}

/** An exception of a plug-in, under its name. */
export function thrownBy(plugin: Reference, part: string, thrown: unknown): UsageError {
  if (isCoded(thrown)) {
    if (thrown.code === 'CLI_PLUGIN') return thrown
    return usageError(thrown.code, `the ${plugin.what} ${plugin.text}: ${messageOf(thrown)}`, thrown)
  }
  return pluginError(plugin, `${part} throws "${reasonOf(thrown)}"`, thrown)
}
