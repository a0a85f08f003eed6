import { SpikewardError } from '@spikeward/core/backend'

/** What goes wrong on the device, which says so later: kept until somebody can be told. */
export interface Faults {
  /** Resolves when the device is lost, with the error that every call gives from then on. Never, where the backend is disposed first. */
  readonly lost: Promise<SpikewardError>
  /** Throws DEVICE_LOST, or once the error that the device reported since the last call. */
  check(): void
  /** Does something whose errors the device reports later; `what` names it. */
  watch<T>(what: string, body: () => T): T
  /** From now on a lost device is no news, and nobody listens. */
  expectEnd(): void
}

/** Listens to a device. */
export function faultsOf(device: GPUDevice): Faults {
  let loss: SpikewardError | null = null
  let pending: SpikewardError | null = null
  let expected = false
  const lost = new Promise<SpikewardError>((resolve) => {
    void device.lost.then(({ reason, message }) => {
      if (expected) return
      loss = new SpikewardError(
        'DEVICE_LOST',
        `the WebGPU device was lost (${reason}${message === '' ? '' : `: ${message}`}); all that was on it is gone; make a new ` +
          'backend with await webgpu() and go on from the last checkpoint: fit({ …, resume, backend })',
      )
      resolve(loss)
    })
  })
  const hear = (event: GPUUncapturedErrorEvent): void => {
    event.preventDefault()
    pending ??= errorOf('an earlier call', event.error)
  }
  device.addEventListener('uncapturederror', hear)
  return {
    lost,
    check() {
      const error = loss ?? pending
      pending = null
      if (error !== null) throw error
    },
    watch(what, body) {
      device.pushErrorScope('validation')
      device.pushErrorScope('out-of-memory')
      try {
        return body()
      } finally {
        for (let i = 0; i < 2; i++)
          void device.popErrorScope().then(
            (error) => {
              // What is known by name is the cause of what comes after it.
              if (error !== null) pending = errorOf(what, error)
            },
            () => undefined, // the device was lost, which `lost` says
          )
      }
    },
    expectEnd() {
      expected = true
      device.removeEventListener('uncapturederror', hear)
    },
  }
}

function errorOf(what: string, error: GPUError): SpikewardError {
  const kind = error.constructor.name
  return kind === 'GPUOutOfMemoryError'
    ? new SpikewardError(
        'OUT_OF_MEMORY',
        `the device has no memory left for ${what}: ${error.message}; free tensors, use smaller batches, or set memoryLimitBytes to what it has`,
      )
    : new SpikewardError(
        'DEVICE_ERROR',
        `the device refused ${what}: ${error.message}; this is a bug in the webgpu backend or in the driver`,
      )
}
