import type { DeviceBuffer } from '../backend/backend.js'
import { SpikewardError } from '../errors.js'
import type { Plan } from '../plan/plan.js'

/**
 * Checks the buffers of a run against its plan, for every backend alike: as many as the plan has, a donated input in the
 * place of its output, and no other buffer in two places.
 *
 * @throws INVALID_ARGUMENTS, BUFFER_ALIASED
 */
export function checkArguments(plan: Plan, ins: readonly DeviceBuffer[], outs: readonly DeviceBuffer[]): void {
  if (ins.length !== plan.inputs || outs.length !== plan.outputs) {
    throw new SpikewardError(
      'INVALID_ARGUMENTS',
      `run: ${ins.length} inputs and ${outs.length} outputs were given; the plan has ${plan.inputs} and ${plan.outputs}`,
    )
  }
  for (const [j, out] of outs.entries()) {
    const donor = plan.donations[j] ?? null
    if (donor !== null && ins[donor] !== out) {
      throw new SpikewardError(
        'INVALID_ARGUMENTS',
        `run: output ${j} takes the memory of input ${donor}; pass the same buffer in both places`,
      )
    }
    if (ins.some((buffer, i) => buffer === out && i !== donor) || outs.indexOf(out) !== j) {
      throw new SpikewardError(
        'BUFFER_ALIASED',
        `run: the buffer of output ${j} is passed in another place as well; only a donated input may share it`,
      )
    }
  }
}

/** What to throw where a buffer is not one of the backend's live ones: BUFFER_FREED or BUFFER_FOREIGN. */
export const missingBuffer = (wasFreed: boolean, what: string): SpikewardError =>
  wasFreed
    ? new SpikewardError(
        'BUFFER_FREED',
        `${what}: the buffer was freed; its memory may hold something else by now; keep it until its last use`,
      )
    : new SpikewardError(
        'BUFFER_FOREIGN',
        `${what}: the buffer was not allocated by this backend; buffers do not cross backends; read it there and write it here`,
      )
