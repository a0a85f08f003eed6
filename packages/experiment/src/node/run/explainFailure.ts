import { SpikewardError, firstError } from '@spikeward/core'
import { writeError } from '@spikeward/core/node'
import type { RunFolder } from '@spikeward/train/node'
import { messageOf } from '../../usage/usageError.js'

const isFull = (path: string, error: unknown): boolean => {
  const named = writeError(path, error)
  return named instanceof SpikewardError && named.code === 'DISK_FULL'
}

const systemCode = (error: unknown): string | null => {
  const { code, syscall } = (error ?? {}) as { readonly code?: unknown; readonly syscall?: unknown }
  return typeof code === 'string' && typeof syscall === 'string' ? code : null
}

async function remains(run: RunFolder, remedy = 'free some space'): Promise<string> {
  const step = await run.checkpoint().then(
    (snapshot) => snapshot?.step ?? null,
    () => null,
  )
  return step === null
    ? `no checkpoint was written yet; ${remedy}, then start again with: spikeward resume ${run.path}`
    : `the last good checkpoint is of step ${step}, in ${run.path}/checkpoint.safetensors; ${remedy}, then: spikeward resume ${run.path}`
}

/** An error of training, measuring or drawing, extended with its remedies. */
export async function explainFailure(thrown: unknown, run: RunFolder, rate: number): Promise<unknown> {
  const given = firstError(thrown)
  const error = given instanceof SpikewardError && given.code === 'FILE_UNWRITABLE' ? given.cause : given
  const system = systemCode(error)
  if (system !== null) {
    const { message, path = 'the folder' } = error as NodeJS.ErrnoException
    const remedy = system === 'EEXIST' ? `remove or rename ${path}` : `make ${path} writable`
    const [code, text] = isFull(run.path, error)
      ? (['DISK_FULL', `${run.path} is on a full disk (${system}); ${await remains(run)}`] as const)
      : (['RUN_UNWRITABLE', `${run.path} cannot be written: ${message}; ${await remains(run, remedy)}`] as const)
    return new SpikewardError(code, text, { cause: error })
  }
  if (!(error instanceof SpikewardError)) return error
  const what = messageOf(error)
  const again = (): string => `${what}; here, with any number of ranks: spikeward resume ${run.path}`
  const explained: Readonly<Record<string, () => string | Promise<string>>> = {
    DISK_FULL: async () => `${what}; ${await remains(run)}`,
    CHECKPOINT_MISMATCH: () => `${run.path}/checkpoint.safetensors: ${what}`,
    RANK_TIMEOUT: again,
    MPI_FAILED: again,
    NON_FINITE_LOSS: () =>
      `${what}; here: spikeward resume ${run.path} --learning-rate ${Number((rate / 4).toPrecision(2))} continues from it (from the beginning if none was written yet);` +
      ' if its parameters are already too large, train again with a lower --learning-rate and --force',
  }
  const text = await explained[error.code]?.()
  return text === undefined ? error : new SpikewardError(error.code, text, { cause: error })
}
