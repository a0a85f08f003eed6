import { SpikewardError } from '@spikeward/core/backend'

/** Errors that the device reports late. They are stored until the next call on the backend can throw them. */
export interface Faults {
  /**
   * Resolves when the device is lost, with the error that every later call throws. Stays pending if the backend is
   * disposed first.
   */
  readonly lost: Promise<SpikewardError>
  /** Throws DEVICE_LOST, or an error that the device has reported since the last call (once). */
  check(): void
  /** Runs `body`, whose errors the device reports late; `what` names the action in errors. */
  watch<T>(what: string, body: () => T): T
  /** Stops listening: the device is about to be destroyed. */
  expectEnd(): void
}

/** Listens to the errors of a device. */
export function faultsOf(device: GPUDevice): Faults {
  let loss: SpikewardError | null = null
  let pending: SpikewardError | null = null
  let expected = false
  const lost = new Promise<SpikewardError>((resolve) => {
    void device.lost.then(({ reason, message }) => {
      if (expected) return
      loss = new SpikewardError(
        'DEVICE_LOST',
        `the WebGPU device was lost (${reason}${message === '' ? '' : `: ${message}`}); its memory is gone; make a new ` +
          'backend with await webgpu() and continue from the last checkpoint: fit({ …, resume, backend })',
      )
      resolve(loss)
    })
  })
  const listen = (event: GPUUncapturedErrorEvent): void => {
    event.preventDefault()
    pending ??= errorOf('an earlier call', event.error)
  }
  device.addEventListener('uncapturederror', listen)
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
              // A watched action is the cause of the unnamed errors that follow its own.
              if (error !== null) pending = errorOf(what, error)
            },
            () => undefined, // The device was lost; `lost` reports it.
          )
      }
    },
    expectEnd() {
      expected = true
      device.removeEventListener('uncapturederror', listen)
    },
  }
}

function errorOf(what: string, error: GPUError): SpikewardError {
  const kind = error.constructor.name
  return kind === 'GPUOutOfMemoryError'
    ? new SpikewardError(
        'OUT_OF_MEMORY',
        `the device has no memory left for ${what}: ${error.message}; free tensors, use smaller batches, or set memoryLimitBytes to the device's memory`,
      )
    : new SpikewardError(
        'DEVICE_ERROR',
        `the device refused ${what}: ${error.message}; this is a bug in the webgpu backend or in the driver`,
      )
}
