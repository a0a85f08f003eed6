import { UnavailableError } from '@spikeward/core/backend'

/** How to choose an adapter. */
export interface AdapterOptions {
  readonly powerPreference?: GPUPowerPreference
}

/** A global reference, because the process crashes if it is garbage-collected before its devices. */
let nodeGpu: GPU | undefined

/** The entry point of WebGPU: `navigator.gpu` in a page, Dawn (npm package `webgpu`) in Node. */
async function entry(): Promise<GPU> {
  const gpu = (globalThis as { navigator?: { gpu?: GPU } }).navigator?.gpu
  if (gpu !== undefined) return gpu
  if (typeof process === 'undefined' || process.versions?.node === undefined)
    throw new UnavailableError(
      'WEBGPU_UNAVAILABLE',
      'this page has no WebGPU (navigator.gpu); serve it from https or localhost, use a browser with WebGPU ' +
        '(Chrome 113, Safari 26, Firefox 141; Chromium on Linux: --enable-unsafe-webgpu), or use @spikeward/backend-cpu',
    )
  try {
    const { create } = await import('webgpu')
    return (nodeGpu ??= create([]))
  } catch (cause) {
    throw new UnavailableError(
      'WEBGPU_UNAVAILABLE',
      `WebGPU in Node needs the npm package 'webgpu', which cannot be loaded (${cause instanceof Error ? cause.message.split('\n')[0] : String(cause)}); ` +
        'run: npm install webgpu; or use @spikeward/backend-cpu',
      { cause },
    )
  }
}

/**
 * Finds an adapter.
 *
 * @throws WEBGPU_UNAVAILABLE, NO_ADAPTER, whose messages state what to install or which flag to set
 */
export async function findAdapter({ powerPreference }: AdapterOptions = {}): Promise<GPUAdapter> {
  const gpu = await entry()
  const adapter = await gpu.requestAdapter(powerPreference === undefined ? {} : { powerPreference })
  if (adapter !== null) return adapter
  throw new UnavailableError(
    'NO_ADAPTER',
    gpu === nodeGpu
      ? 'WebGPU found no adapter: there is no Vulkan driver; install the driver of the GPU, or a software renderer: ' +
          'apt-get install mesa-vulkan-drivers libvulkan1; or use @spikeward/backend-cpu'
      : 'WebGPU found no adapter: the browser blocks the GPU or there is none; in Chromium the flags --enable-unsafe-webgpu ' +
          '--enable-features=Vulkan --use-vulkan=swiftshader give a software renderer; or use @spikeward/backend-cpu',
  )
}

/** True for a software renderer: Mesa's llvmpipe, SwiftShader, the basic renderer of Windows. */
export function isSoftware({ adapterInfo }: Pick<GPUDevice, 'adapterInfo'>): boolean {
  const { isFallbackAdapter = false, architecture = '', description = '' } = adapterInfo ?? {}
  return isFallbackAdapter || /software|swiftshader|llvmpipe|basic render/i.test(`${architecture} ${description}`)
}

/** Limits that are raised to the adapter's. */
const RAISED = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeWorkgroupStorageSize',
  'minUniformBufferOffsetAlignment',
] as const

/** Features that are requested if the adapter has them. */
const USED: readonly GPUFeatureName[] = ['subgroups', 'shader-f16']

/** Opens a device with the adapter's limits. */
export async function openDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  const requiredLimits = Object.fromEntries(RAISED.map((name) => [name, adapter.limits[name]]))
  const requiredFeatures = USED.filter((name) => adapter.features.has(name))
  return adapter.requestDevice({ label: 'spikeward', requiredLimits, requiredFeatures })
}
