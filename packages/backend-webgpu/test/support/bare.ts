import { findAdapter } from '../../src/device/adapter.js'

/** A device without optional features. */
export const bareDevice = async (): Promise<GPUDevice> => (await findAdapter()).requestDevice()
