/**
 * The library's only error type. `code` is stable and may be matched on; the message states what is wrong, why, and
 * what to do about it.
 *
 * @example
 * try { add(zeros([2]), zeros([3])) } catch (e) { if (e instanceof SpikewardError) console.log(e.code) } // SHAPE_MISMATCH
 */
export class SpikewardError extends Error {
  override readonly name = 'SpikewardError'
  /** Stable identifier in capitals, such as `SHAPE_MISMATCH`. */
  readonly code: string

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(`${message} [${code}]`, options)
    this.code = code
  }
}

/**
 * The machine lacks what a backend needs: the request itself was right. A backend throws it from its factory, so that
 * commands and tests know the case without a list of codes.
 *
 * @example
 * throw new UnavailableError('NO_ADAPTER', 'there is no Vulkan driver; install the driver of the GPU')
 */
export class UnavailableError extends SpikewardError {}

/**
 * The error that came first. Where the disposal of `using` fails after an error, JavaScript throws a SuppressedError,
 * whose `suppressed` is the error of the work and whose `error` is that of the disposal. Every other value is returned
 * as it is.
 *
 * @example
 * try { await train() } catch (error) { throw firstError(error) } // DISK_FULL, even if the end of the run did not fit on the disk either
 */
export function firstError(error: unknown): unknown {
  let first = error
  // Compilers bring their own SuppressedError where the runtime has none, so that only its name is common.
  while (first instanceof Error && first.name === 'SuppressedError' && 'suppressed' in first) first = first.suppressed
  return first
}

/** Exhaustiveness check: a type error while `value` can still have a value. */
export function unreachable(value: never): never {
  throw new SpikewardError('INTERNAL', `unexpected ${JSON.stringify(value)}; this is a bug in Spikeward`)
}
