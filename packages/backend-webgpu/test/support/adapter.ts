import { UnavailableError } from '@spikeward/core'
import { webgpu } from '../../src/index.js'

/** The reason why there is no WebGPU on this machine, or null if there is. */
export async function adapterMissing(): Promise<string | null> {
  try {
    await (await webgpu())[Symbol.asyncDispose]()
    return null
  } catch (error) {
    if (error instanceof UnavailableError) return error.message
    throw error
  }
}
