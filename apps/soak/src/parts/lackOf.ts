import { SpikewardError, UnavailableError } from '@spikeward/core'
import type { Backend } from '@spikeward/core'

/** Whether the machine lacks a backend or its instruction set. */
export const isAbsent = (error: unknown): error is SpikewardError =>
  error instanceof UnavailableError || (error instanceof SpikewardError && error.code === 'UNSUPPORTED_INSTRUCTION_SET')

/** The reason why this machine cannot make a backend; null if it can. */
export async function lackOf(make: () => Promise<Backend>): Promise<string | null> {
  try {
    await (await make())[Symbol.asyncDispose]()
    return null
  } catch (error) {
    if (isAbsent(error)) return error.message
    throw error
  }
}
