import { findAdapter } from '../../src/device/adapter.js'

/** A device without any feature that has to be asked for. */
export const bareDevice = async (): Promise<GPUDevice> => (await findAdapter()).requestDevice()
