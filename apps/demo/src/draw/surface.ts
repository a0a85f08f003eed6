import { componentOf, extent } from './values.js'
import type { Colour } from './colour.js'
import type { Camera } from './orbit.js'
import { shader } from './shader.js'

/** Colours of the picture. */
export type Palette = { readonly over: Colour; readonly even: Colour; readonly under: Colour; readonly ink: Colour }

/** The contents of the picture: the target on a grid, [rows, columns, outputs]. */
export type Picture = {
  readonly rows: number
  readonly columns: number
  readonly outputs: number
  readonly target: Float32Array
}

/** How a picture is drawn. */
export type Look = {
  readonly camera: Camera
  readonly palette: Palette
  /** The output that is drawn, of several. */
  readonly component: number
}

/**
 * A prediction [rows, columns, outputs] in f32: its values, or a function that copies them to a buffer of the device
 * that draws.
 */
export type Heights = Float32Array | ((to: GPUBuffer) => void)

/** A drawn surface. */
export type Surface = {
  /** Another target, on another grid. */
  show(picture: Picture): void
  /** Shows another prediction; the surface moves there from the previous one. */
  predict(heights: Heights): void
  /** Draws. `share` is the fraction of the way from the previous prediction to the newest one, 0 to 1. */
  draw(look: Look, share: number): void
  dispose(): void
}

const SAMPLES = 4
/** The approximate number of lines of the net along each side. */
export const NET = 16
/** Height of the target's range in the world, and the error of full colour as a share of that range. */
export const TALL = 0.95
export const FULL = 0.1
/** Floats of the scene's uniform. */
const SCENE = 16 + 7 * 4

/** The middle and the range of an output of a target; the range of a constant one is 1. */
export function rangeOf({ target, outputs }: Picture, component: number): { middle: number; range: number } {
  const [low, high] = extent(componentOf(target, outputs, component))
  return { middle: (low + high) / 2, range: high - low || 1 }
}

/**
 * Prepares a canvas for a surface that a device draws. The canvas may have had a surface of another device before.
 *
 * @returns null if the canvas has another kind of context
 */
export async function makeSurface(
  canvas: HTMLCanvasElement | OffscreenCanvas,
  device: GPUDevice,
): Promise<Surface | null> {
  const context = canvas.getContext('webgpu')
  if (context === null) return null
  const format = navigator.gpu.getPreferredCanvasFormat()
  context.configure({ device, format, alphaMode: 'premultiplied' })

  const module = device.createShaderModule({ code: shader })
  const group = device.createBindGroupLayout({
    entries: [
      { binding: 0, visibility: GPUShaderStage.VERTEX | GPUShaderStage.FRAGMENT, buffer: { type: 'uniform' } },
      ...[1, 2, 3].map(
        (binding): GPUBindGroupLayoutEntry => ({
          binding,
          visibility: GPUShaderStage.VERTEX,
          buffer: { type: 'read-only-storage' },
        }),
      ),
    ],
  })
  const layout = device.createPipelineLayout({ bindGroupLayouts: [group] })
  const blend: GPUBlendState = {
    color: { srcFactor: 'one', dstFactor: 'one-minus-src-alpha' },
    alpha: { srcFactor: 'one', dstFactor: 'one-minus-src-alpha' },
  }
  const pipeline = (
    vertex: string,
    fragment: string,
    topology: GPUPrimitiveTopology,
    depthCompare: GPUCompareFunction,
    depthWriteEnabled: boolean,
  ): Promise<GPURenderPipeline> =>
    device.createRenderPipelineAsync({
      layout,
      vertex: { module, entryPoint: vertex },
      fragment: { module, entryPoint: fragment, targets: [{ format, blend }] },
      primitive: { topology },
      depthStencil: { format: 'depth24plus', depthCompare, depthWriteEnabled },
      multisample: { count: SAMPLES },
    })
  const [solid, net, ghost] = await Promise.all([
    pipeline('surface', 'lit', 'triangle-list', 'less', true),
    pipeline('net', 'drawn', 'line-list', 'less', false),
    pipeline('net', 'ghost', 'line-list', 'greater', false),
  ])

  const scene = new Float32Array(SCENE)
  const uniform = device.createBuffer({ size: SCENE * 4, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST })
  let buffers: readonly GPUBuffer[] = []
  let bound: GPUBindGroup | null = null
  let shown: Picture = { rows: 0, columns: 0, outputs: 1, target: new Float32Array() }
  let newest = 1
  let textures: readonly GPUTexture[] = []

  const bind = (): void => {
    const [first, second, goal] = buffers
    const [old, fresh] = newest === 1 ? [first, second] : [second, first]
    bound = device.createBindGroup({
      layout: group,
      entries: [uniform, old!, fresh!, goal!].map((buffer, binding) => ({ binding, resource: { buffer } })),
    })
  }
  const resize = (): void => {
    if (textures[0]?.width === canvas.width && textures[0].height === canvas.height) return
    textures.forEach((t) => t.destroy())
    textures = [format, 'depth24plus' as const].map((f) =>
      device.createTexture({
        size: [canvas.width, canvas.height],
        format: f,
        sampleCount: SAMPLES,
        usage: GPUTextureUsage.RENDER_ATTACHMENT,
      }),
    )
  }

  return {
    show(picture) {
      const { target } = picture
      buffers.forEach((b) => b.destroy())
      buffers = [0, 1, 2].map(() =>
        device.createBuffer({ size: target.byteLength, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST }),
      )
      shown = picture
      // Before the first prediction the surface is flat at 0.
      device.queue.writeBuffer(buffers[2]!, 0, target.slice())
      bind()
    },
    predict(heights) {
      if (buffers.length === 0) return
      if (typeof heights !== 'function' && heights.length !== shown.target.length) return
      newest = 1 - newest
      const to = buffers[newest]!
      if (typeof heights === 'function') heights(to)
      else device.queue.writeBuffer(to, 0, heights.slice())
      bind()
    },
    draw({ camera: { view, eye }, palette: { over, even, under, ink }, component }, share) {
      if (bound === null || canvas.width === 0 || canvas.height === 0) return
      resize()
      const { rows, columns, outputs } = shown
      const { middle, range } = rangeOf(shown, component)
      const stride = Math.max(1, Math.round((rows - 1) / NET))
      scene.set(view, 0)
      scene.set([...eye, component, rows, columns, share, FULL * range, middle, TALL / range, stride, outputs], 16)
      scene.set([...over, 1, ...even, 1, ...under, 1, ...ink, 1], 28)
      device.queue.writeBuffer(uniform, 0, scene)
      const commands = device.createCommandEncoder()
      const pass = commands.beginRenderPass({
        colorAttachments: [
          {
            view: textures[0]!.createView(),
            resolveTarget: context.getCurrentTexture().createView(),
            clearValue: [0, 0, 0, 0],
            loadOp: 'clear',
            storeOp: 'discard',
          },
        ],
        depthStencilAttachment: {
          view: textures[1]!.createView(),
          depthClearValue: 1,
          depthLoadOp: 'clear',
          depthStoreOp: 'discard',
        },
      })
      pass.setBindGroup(0, bound)
      pass.setPipeline(solid)
      pass.draw(6 * (rows - 1) * (columns - 1))
      const lines = (n: number): number => Math.floor((n - 1) / stride) + 1
      const vertices = 2 * (lines(rows) * (columns - 1) + lines(columns) * (rows - 1))
      for (const p of [net, ghost]) {
        pass.setPipeline(p)
        pass.draw(vertices)
      }
      pass.end()
      device.queue.submit([commands.finish()])
    },
    dispose() {
      buffers.forEach((b) => b.destroy())
      textures.forEach((t) => t.destroy())
      uniform.destroy()
      context.unconfigure()
    },
  }
}

/** Milliseconds before an adapter is requested again: a busy or restarted browser may have none at first. */
const AGAIN = 1000

async function adapterOf(gpu: GPU): Promise<GPUAdapter | null> {
  const ask = (): Promise<GPUAdapter | null> => gpu.requestAdapter({ powerPreference: 'low-power' })
  const answer = await ask().catch(() => null)
  if (answer !== null) return answer
  await new Promise((resolve) => setTimeout(resolve, AGAIN))
  return ask()
}

/**
 * Prepares a canvas of a page, which a device of its own draws.
 *
 * @param onLost called with the reason when the device is lost; nothing is drawn afterwards
 * @returns null if the browser has no WebGPU; the canvas then has no context yet
 */
export async function surfaceOfPage(canvas: HTMLCanvasElement, onLost: (why: string) => void): Promise<Surface | null> {
  const adapter = navigator.gpu === undefined ? null : await adapterOf(navigator.gpu)
  if (adapter === null) return null
  const device = await adapter.requestDevice()
  let disposed = false
  void device.lost.then(({ message }) => {
    if (!disposed) onLost(message)
  })
  const surface = await makeSurface(canvas, device)
  return (
    surface && {
      ...surface,
      dispose() {
        disposed = true
        surface.dispose()
        device.destroy()
      },
    }
  )
}
